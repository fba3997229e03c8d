/**
 * Offers: the throughput that a container or a database was given, manual or autoscale.
 * Limits: https://learn.microsoft.com/azure/cosmos-db/concepts-limits#minimum-throughput-limits
 */
import { badRequest } from './cosmos-error.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { makeEtag, resourceId } from './system-properties.ts';

const minimumManual = 400;
const minimumAutoscale = 1000;

export interface Throughput {
  /** Request units per second; of an autoscale offer its maximum, which is reached at once here. */
  rate: number;
  autoscale: boolean;
}

/** The throughput asked for by the headers of a create request, or undefined for none of its own. */
export function throughputFromHeaders(
  manual: string | undefined,
  autoscale: string | undefined,
): Throughput | undefined {
  if (autoscale !== undefined) {
    let settings: unknown;
    try {
      settings = JSON.parse(autoscale);
    } catch {
      throw badRequest('The autoscale settings are not JSON.');
    }
    return checked({
      rate: isJsonObject(settings) ? Number(settings['maxThroughput']) : NaN,
      autoscale: true,
    });
  }
  return manual === undefined ? undefined : checked({ rate: Number(manual), autoscale: false });
}

/** The throughput that the body of a replaced offer asks for. */
export function throughputFromOffer(body: unknown): Throughput {
  const content = isJsonObject(body) && isJsonObject(body['content']) ? body['content'] : {};
  const autopilot = content['offerAutopilotSettings'];
  if (isJsonObject(autopilot)) return checked({ rate: Number(autopilot['maxThroughput']), autoscale: true });
  return checked({ rate: Number(content['offerThroughput']), autoscale: false });
}

function checked(throughput: Throughput): Throughput {
  const { rate, autoscale } = throughput;
  const [minimum, step] = autoscale ? [minimumAutoscale, 1000] : [minimumManual, 100];
  if (Number.isInteger(rate) && rate >= minimum && rate % step === 0) return throughput;
  throw badRequest(
    `The offer should have valid throughput values between ${minimum} and 1000000 inclusive in increments of ${step}.`,
  );
}

/** The offer document; `resource` is the _self of the database or container. */
export function offerDocument(
  number: number,
  resource: string,
  resourceRid: string,
  throughput: Throughput,
  seconds: number,
  version: number,
): JsonObject {
  const id = resourceId(number);
  return {
    id,
    _rid: id,
    _self: `offers/${id}/`,
    _etag: makeEtag(version, seconds),
    _ts: seconds,
    offerType: 'Invalid',
    offerVersion: 'V2',
    resource,
    offerResourceId: resourceRid,
    content: {
      offerThroughput: throughput.rate,
      offerIsRUPerMinuteThroughputEnabled: false,
      ...(throughput.autoscale ? { offerAutopilotSettings: { maxThroughput: throughput.rate } } : {}),
    },
  };
}
