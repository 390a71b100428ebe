/** The bytes of one whole HTTP answer. */
export function httpAnswer(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = Buffer.from(body)
  const all = {
    'Content-Type': 'application/json',
    Date: new Date().toUTCString(),
    ...headers,
    'Content-Length': String(bytes.length),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Error'}\r\n${lines.join('')}\r\n`),
    bytes,
  ])
}

/** What a load balancer shows when nothing stands behind it. */
export const HTML_PAGE = '<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>\n'
export const HTML = { 'Content-Type': 'text/html' } as const
