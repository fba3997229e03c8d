/** What the user can put right: a question, its parameters, or their SQL. */
export class AnalyticsError extends Error {}
