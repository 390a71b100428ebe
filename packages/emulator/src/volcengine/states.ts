import { VolcengineRefusal } from './errors.ts'
import type { VolcengineKey, VolcengineKeyState } from './keys.ts'
import type { VolcengineSettings } from './settings.ts'

export type Purpose = 'sign' | 'verify' | 'publicKey'

type Rule = 'allow' | 'refuse'

/** Which state allows what; the cells that the documents leave open come from settings. */
function matrix(settings: VolcengineSettings): Readonly<Record<VolcengineKeyState, Readonly<Record<Purpose, Rule>>>> {
  return {
    Enable: { sign: 'allow', verify: 'allow', publicKey: 'allow' },
    Disable: { sign: 'refuse', verify: settings.disabledVerify, publicKey: settings.disabledPublicKey },
    PendingDelete: { sign: 'refuse', verify: 'refuse', publicKey: settings.pendingDeletePublicKey },
    Archived: { sign: 'refuse', verify: settings.archivedVerify, publicKey: settings.archivedPublicKey },
    PendingImport: { sign: 'refuse', verify: 'refuse', publicKey: 'refuse' },
  }
}

export function assertState(key: VolcengineKey, purpose: Purpose, settings: VolcengineSettings): void {
  if (matrix(settings)[key.state][purpose] === 'refuse') throw wrongState(key)
}

export function wrongState(key: VolcengineKey): VolcengineRefusal {
  return new VolcengineRefusal(
    'InvalidKeyStatus',
    `The specified key status is invalid, current status is ${key.state}.`,
  )
}
