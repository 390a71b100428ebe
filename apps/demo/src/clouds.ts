import type { Cloud } from './cloud.ts'
import { aws } from './clouds/aws.ts'
import { ncp } from './clouds/ncp.ts'
import { volcengine } from './clouds/volcengine.ts'

/** Every cloud of the demo. Another one is a file under `clouds/` and an entry here. */
export const CLOUDS: readonly Cloud[] = [ncp, volcengine, aws]
