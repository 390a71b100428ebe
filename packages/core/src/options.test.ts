import { describe, expect, test } from 'vitest'
import { type ConfigIssue, isKmsError } from './errors.ts'
import {
  callable,
  type Field,
  flag,
  group,
  oneOf,
  optional,
  parseOptions,
  positiveNumber,
  required,
  text,
  wholeNumber,
  withDefault,
} from './options.ts'

/** What a field makes of a value, or the problem it reports. */
function read(field: Field<unknown>, value: unknown): unknown {
  const problems: string[] = []
  const result = field(value, 'option', (path, message) => void problems.push(`${path}: ${message}`))
  return problems[0] ?? result
}

function issuesOf(run: () => unknown): readonly ConfigIssue[] | undefined {
  try {
    run()
  } catch (error) {
    if (isKmsError(error, 'KMS_INVALID_CONFIG')) return error.issues
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a field', () => {
  const short = text({ min: 2, max: 3, pattern: /^[a-z]+$/ })
  const color = oneOf(['red', 'green'])

  test.each<[string, Field<unknown>, unknown, unknown]>([
    ['text', text(), 'a', 'a'],
    ['text', text(), 'x'.repeat(2048), 'x'.repeat(2048)],
    ['text', text(), '', 'option: expected a text of 1 to 2048 characters; the text given does not fit'],
    ['text', text(), 'x'.repeat(2049), 'option: expected a text of 1 to 2048 characters; the text given does not fit'],
    ['text', text(), 'a\nb', 'option: expected a text of 1 to 2048 characters; the text given does not fit'],
    ['text', text(), 5, 'option: expected a text of 1 to 2048 characters, got a number'],
    ['short text', short, 'ab', 'ab'],
    ['short text', short, 'abc', 'abc'],
    ['short text', short, 'a', 'option: expected a text of 2 to 3 characters; the text given does not fit'],
    ['short text', short, 'abcd', 'option: expected a text of 2 to 3 characters; the text given does not fit'],
    ['short text', short, 'a1', 'option: expected a text of 2 to 3 characters; the text given does not fit'],
    ['named text', text({ expected: 'a name' }), null, 'option: expected a name, got null'],
    ['whole number', wholeNumber(1, 9), 1, 1],
    ['whole number', wholeNumber(1, 9), 9, 9],
    ['whole number', wholeNumber(1, 9), 0, 'option: expected a whole number from 1 to 9, got another number'],
    ['whole number', wholeNumber(1, 9), 10, 'option: expected a whole number from 1 to 9, got another number'],
    ['whole number', wholeNumber(1, 9), 1.5, 'option: expected a whole number from 1 to 9, got another number'],
    ['whole number', wholeNumber(1, 9), '5', 'option: expected a whole number from 1 to 9, got a string'],
    ['positive number', positiveNumber, 0.1, 0.1],
    ['positive number', positiveNumber, 0, 'option: expected a number above 0, got another number'],
    ['positive number', positiveNumber, Number.NaN, 'option: expected a number above 0, got another number'],
    [
      'positive number',
      positiveNumber,
      Number.POSITIVE_INFINITY,
      'option: expected a number above 0, got another number',
    ],
    ['positive number', positiveNumber, '1', 'option: expected a number above 0, got a string'],
    ['flag', flag, true, true],
    ['flag', flag, false, false],
    ['flag', flag, 'true', 'option: expected true or false, got a string'],
    ['choice', color, 'green', 'green'],
    [
      'choice',
      color,
      'gren',
      "option: expected one of 'red', 'green', got a text that is none of them; did you mean 'green'?",
    ],
    ['choice', color, 'blue', "option: expected one of 'red', 'green', got a text that is none of them"],
    ['choice', color, 5, "option: expected one of 'red', 'green', got a number"],
    ['function', callable(), 5, 'option: expected a function, got a number'],
    ['required', required(flag), undefined, 'option: is required'],
    ['required', required(flag), true, true],
    ['required', required(flag), null, 'option: expected true or false, got null'],
    ['optional', optional(flag), undefined, undefined],
    ['optional', optional(flag), true, true],
    ['optional', optional(flag), 5, 'option: expected true or false, got a number'],
    ['defaulted', withDefault(flag, true), undefined, true],
    ['defaulted', withDefault(flag, true), false, false],
    ['defaulted', withDefault(flag, true), null, 'option: expected true or false, got null'],
    ['group', group({ a: required(flag) }), { a: true }, { a: true }],
    ['group', group({ a: required(flag) }), {}, 'option.a: is required'],
    ['group', group({ a: required(flag) }), { a: true, b: 1 }, "option.b: is not an option; did you mean 'a'?"],
    ['group', group({}), [], 'option: expected an object, got an array'],
    ['group', group({}), null, 'option: expected an object, got null'],
    ['group', group({}), 'text', 'option: expected an object, got a string'],
  ])('for a %s', (_, field, value, result) => {
    expect(read(field, value)).toEqual(result)
  })

  test('for a function passes it on unchanged', () => {
    const given = () => 5
    expect(read(callable(), given)).toBe(given)
  })
})

describe('options', () => {
  const FIELDS = { name: required(text()), timeoutMs: withDefault(wholeNumber(1, 10), 5) }
  const parse = (input: unknown, also?: Parameters<typeof parseOptions<typeof FIELDS>>[3]) =>
    parseOptions('somewhere', input, FIELDS, also)

  test('are read into a frozen object with their defaults, and nothing else', () => {
    const input = Object.assign(Object.create({ timeoutMs: 3 }), { name: 'a', other: undefined })
    const options = parse({ name: 'a', other: undefined })
    expect(options).toEqual({ name: 'a', timeoutMs: 5 })
    expect(Object.isFrozen(options)).toBe(true)
    expect(Object.getPrototypeOf(options)).toBeNull()
    expect(parse(input).timeoutMs).toBe(3)
  })

  test('are refused with every problem at once, for the provider', () => {
    expect(issuesOf(() => parse({ timeoutMs: 11, tmeoutMs: 1 }))).toEqual([
      { path: 'name', message: 'is required' },
      { path: 'timeoutMs', message: 'expected a whole number from 1 to 10, got another number' },
      { path: 'tmeoutMs', message: "is not an option; did you mean 'timeoutMs'?" },
    ])
    expect(() => parse({})).toThrow(/^somewhere: configure failed/)
  })

  test('that are no object are one problem', () => {
    for (const input of [undefined, null, [], 'text']) {
      expect(issuesOf(() => parse(input))).toEqual([
        { path: 'options', message: expect.stringMatching(/^expected an object, got /) },
      ])
    }
  })

  test.each([
    ['SECRET value', 'option'],
    ['1st', 'option'],
    ['x'.repeat(41), 'option'],
    ['x'.repeat(40), 'x'.repeat(40)],
    ['a', 'a'],
  ])('with the unknown name %j show it only where it looks like a name', (name, path) => {
    expect(issuesOf(() => parse({ name: 'a', [name]: 1 }))).toEqual([{ path, message: 'is not an option' }])
  })

  test('are checked together after each by itself, even when some have problems', () => {
    const also = (options: object, report: (path: string, message: string) => void) =>
      report('both', Object.keys(options).join())
    expect(issuesOf(() => parse({ name: 'a' }, also))).toEqual([{ path: 'both', message: 'name,timeoutMs' }])
    expect(issuesOf(() => parse({ name: 5 }, also))?.map(({ path }) => path)).toEqual(['name', 'both'])
    expect(issuesOf(() => parse(5, also))?.map(({ path }) => path)).toEqual(['options'])
  })
})
