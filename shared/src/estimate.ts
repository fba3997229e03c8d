/** What a run would be: the answer to `POST /api/runs?dryRun=true`. */

/** By container. */
export interface RequestUnits {
  repoStats: number;
  runInfo: number;
  repos: number;
  pace: number;
}

/** In whole numbers but for seconds. */
export interface Estimate {
  dryRun: true;
  repositories: number;
  /** `reason`: why an owner cannot be read, or why its number is an upper bound. */
  owners: { owner: string; repositories: number; upperBound?: true; reason?: string }[];
  individualRepositories: number;
  calls: { listing: number; stats: number; total: number };
  points: number;
  /** `github`: its answers added up; `writing`: what the provisioned throughput makes of it; `total`: from start to end. */
  seconds: { github: number; writing: number; total: number };
  requestUnits: number;
  requestUnitsByContainer: RequestUnits;
  /** By queue; each is sent once and completed once. */
  messages: { resolve: number; fetch: number; write: number; total: number };
  learned: boolean;
  upperBound: boolean;
  notes: string[];
}
