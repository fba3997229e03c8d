/** Settings of the embedded platform alone: how GitHub is simulated. */
import { z } from 'zod';
import { GITHUB_LATENCY } from '../github/latency.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `is not one of ${words.join(', ')}`).default(words[0]);

const seconds = (example: string) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, `is not a number such as ${example}`)
    .transform(Number)
    .refine((value) => value > 0, 'is not more than 0');

const share = (example: string) =>
  z
    .string()
    .trim()
    .regex(/^(0(\.\d{1,6})?|1(\.0+)?)$/, `is not a share from 0 to 1, such as ${example}`)
    .transform(Number);

export const LOCAL_SETTINGS = {
  /** How long the simulated GitHub takes: not at all, or as the real one does. */
  Simulator_Latency: oneOf(['none', 'github']),
  /** Whether the simulated GitHub limits its callers as the real one does. */
  Simulator_Limits: oneOf(['none', 'github']),
  /** How long an ordinary repository with five counts takes in the mean, in GitHub's seconds. */
  Simulator_SecondsPerRepository: seconds('0.06').default(GITHUB_LATENCY.secondsPerRepository),
  /** How long each request takes beside its repositories. */
  Simulator_SecondsPerCall: seconds('0.3').default(GITHUB_LATENCY.secondsPerCall),
  /** How long a listing takes in all; as other requests when it is not set. */
  Simulator_SecondsPerListing: seconds('0.45').optional(),
  /** The share of the repositories that are giants. */
  Simulator_GiantShare: share('0.004').default(GITHUB_LATENCY.giantShare),
  /** How far GitHub's load varies from one request to the next. */
  Simulator_LoadSpread: share('0.15').default(GITHUB_LATENCY.loadSpread),
  /** Whether the simulated GitHub lists who starred a repository, as it did until July 2026. */
  Simulator_Stargazers: oneOf(['withheld', 'allowed']),
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

/** The settings by name, as they were parsed. */
export type LocalSettings = { [K in LocalSettingName]: ReturnType<(typeof LOCAL_SETTINGS)[K]['parse']> };

/** How GitHub is simulated, as its component takes it. */
export const simulation = (local: LocalSettings) => ({
  latency: local.Simulator_Latency,
  limits: local.Simulator_Limits,
  latencyScale: local.Simulator_LatencyScale,
  latencyModel: {
    secondsPerCall: local.Simulator_SecondsPerCall,
    secondsPerRepository: local.Simulator_SecondsPerRepository,
    secondsPerListing: local.Simulator_SecondsPerListing,
    giantShare: local.Simulator_GiantShare,
    loadSpread: local.Simulator_LoadSpread,
  },
  stargazers: local.Simulator_Stargazers,
});
