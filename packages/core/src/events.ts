import { type Channel, channel } from 'node:diagnostics_channel'
import type { KmsignEvents } from './contract.ts'

const CHANNELS: { readonly [N in keyof KmsignEvents]: Channel } = {
  'kmsign:call': channel('kmsign:call'),
  'kmsign:attempt': channel('kmsign:attempt'),
  'kmsign:credentials': channel('kmsign:credentials'),
  'kmsign:unverified': channel('kmsign:unverified'),
}

/** Whether anybody listens; ask before building a message. */
export function hasListeners(name: keyof KmsignEvents): boolean {
  return CHANNELS[name].hasSubscribers
}

/** Publishes to `node:diagnostics_channel`, so that every copy of this package reaches the same listeners. */
export function publish<N extends keyof KmsignEvents>(name: N, event: KmsignEvents[N]): void {
  if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(Object.freeze(event))
}

/**
 * Listens to one kind of diagnostics event of all signers in this process; returns the function that stops it. The
 * channels are those of `node:diagnostics_channel` with the same names. What a listener throws becomes an uncaught
 * exception, as for every diagnostics channel, and never reaches a signing call.
 *
 * @throws TypeError for an unknown event name or a listener that is not a function.
 */
export function subscribe<N extends keyof KmsignEvents>(
  name: N,
  listener: (event: KmsignEvents[N]) => void,
): () => void {
  if (!Object.hasOwn(CHANNELS, name))
    throw new TypeError(`Unknown event; known are ${Object.keys(CHANNELS).join(', ')}.`)
  if (typeof listener !== 'function') throw new TypeError('The listener must be a function.')
  const onMessage = (message: unknown) => listener(message as KmsignEvents[N])
  CHANNELS[name].subscribe(onMessage)
  return () => void CHANNELS[name].unsubscribe(onMessage)
}
