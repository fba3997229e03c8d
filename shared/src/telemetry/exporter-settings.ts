/** Settings that the exporter itself reads from the environment of an app that has telemetry. */

/** Off: what it tells its makers about itself, and a metric beside every batch that repeats the name of the app. */
export const EXPORTER_SETTINGS = {
  APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
  APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
  APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true',
} as const;
