/** Settings of the embedded platform alone: how GitHub is simulated. */
import { z } from 'zod';

const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `is not one of ${words.join(', ')}`).default(words[0]);

export const LOCAL_SETTINGS = {
  /** How long the simulated GitHub takes: not at all, or as the real one does. */
  Simulator_Latency: oneOf(['none', 'github']),
  /** Whether the simulated GitHub limits its callers as the real one does. */
  Simulator_Limits: oneOf(['none', 'github']),
  /** Another seed, another world. */
  Simulator_Seed: z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number from 0 to 999999999')
    .transform(Number)
    .default(1),
} as const;
export type LocalSettingName = keyof typeof LOCAL_SETTINGS;
