/** How long lies between a run and when a repository was collected: a run that is collected again after days changed for longer. */

/** @param runId epoch second at which a run began. @param collectedAt epoch second. @returns NaN without a run. */
export const hoursBetween = (runId: string | null | undefined, collectedAt: number): number =>
  runId === null || runId === undefined ? NaN : (collectedAt - Number(runId)) / 3600;
