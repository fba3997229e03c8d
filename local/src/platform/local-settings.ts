/** Settings of the embedded platform alone: how GitHub is simulated. */
import { z } from 'zod';
import { SECONDS_PER_REPOSITORY } from '../github/latency.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `is not one of ${words.join(', ')}`).default(words[0]);

const seconds = (example: string) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, `is not a number such as ${example}`)
    .transform(Number)
    .refine((value) => value > 0, 'is not more than 0');

export const LOCAL_SETTINGS = {
  /** How long the simulated GitHub takes: not at all, or as the real one does. */
  Simulator_Latency: oneOf(['none', 'github']),
  /** Whether the simulated GitHub limits its callers as the real one does. */
  Simulator_Limits: oneOf(['none', 'github']),
  /** How long an ordinary repository with five counts takes in the mean, in GitHub's seconds. */
  Simulator_SecondsPerRepository: seconds('0.06').default(SECONDS_PER_REPOSITORY),
  /** Real seconds for each of the simulated GitHub's: of its answers and of the minutes and hours of its limits. */
  Simulator_LatencyScale: seconds('0.1').default(1),
  /** Another seed, another world. */
  Simulator_Seed: z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number from 0 to 999999999')
    .transform(Number)
    .default(1),
} as const;
export type LocalSettingName = keyof typeof LOCAL_SETTINGS;
