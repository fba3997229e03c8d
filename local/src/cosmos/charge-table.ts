/**
 * Request units of each operation: Microsoft's two published rows, and the index terms fitted to published charges.
 *
 * Rows: https://learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption (2026-04-21), session consistency.
 * Published small charges are multiples of 1/21: one index term is 4/21, a string leaf has two terms, `_ts` one.
 * Expected error: writes and point reads up to 16 KB +-3 %; above 64 KB +-30 %; queries -50 to +180 %.
 */

type Row = readonly (readonly [kilobytes: number, units: number])[];

const readRow: Row = [
  [1, 1],
  [2, 1.04],
  [4, 1.14],
  [8, 1.33],
  [16, 1.67],
  [32, 2.19],
  [64, 4.76],
  [128, 9.95],
  [256, 20.28],
  [512, 40.95],
  [1024, 145.9],
  [2048, 291.8],
];

/** The document alone; 1 KB is 4.95 as published, 104/21 by the fit. */
const writeRow: Row = [
  [1, 104 / 21],
  [2, 6.29],
  [4, 6.67],
  [8, 7.04],
  [16, 9.52],
  [32, 11.23],
  [64, 22.67],
  [128, 48.19],
  [256, 98.29],
  [512, 184.57],
  [1024, 625],
  [2048, 1250],
];

const perTerm = 4 / 21;
const perPatchOperation = 0.4;
/** What Cosmos adds to the JSON that a client sends: system properties and the record's own bytes. */
const overheadBytes = 205;

/** Read 404, 304 and an empty change feed poll. */
export const emptyReadCharge = 1;
/** 400, 404, 409 and 412 on a write. */
export const failedRequestCharge = 1.24;
/** In the header of a 429; not drawn from the budget. */
export const throttledCharge = 0.38;
export const metadataReadCharge = 1;
export const metadataWriteCharge = 2;

/** The hundredths that the x-ms-request-charge header shows. */
export function roundCharge(units: number): number {
  return Math.round(units * 100) / 100;
}

function interpolate(row: Row, jsonBytes: number): number {
  const kilobytes = Math.max(1, (jsonBytes + overheadBytes) / 1024);
  let [lowKilobytes, lowUnits] = row[0]!;
  for (const [highKilobytes, highUnits] of row) {
    if (kilobytes <= highKilobytes) {
      if (highKilobytes === lowKilobytes) return highUnits;
      const share = (kilobytes - lowKilobytes) / (highKilobytes - lowKilobytes);
      return lowUnits + share * (highUnits - lowUnits);
    }
    [lowKilobytes, lowUnits] = [highKilobytes, highUnits];
  }
  return lowUnits * (kilobytes / lowKilobytes);
}

/** Units of one point read; `jsonBytes` is the UTF-8 length of the JSON without system properties. */
export function readCharge(jsonBytes: number): number {
  return interpolate(readRow, jsonBytes);
}

/** Create, delete, and upsert that inserts. */
export function writeCharge(jsonBytes: number, terms: number): number {
  return interpolate(writeRow, jsonBytes) + perTerm * terms;
}

/** Replace, and upsert that replaces: the old document goes, the new one comes, each with the terms that changed. */
export function replaceCharge(oldBytes: number, newBytes: number, changedTerms: number): number {
  return interpolate(writeRow, oldBytes) + interpolate(writeRow, newBytes) + perTerm * changedTerms;
}

/** A patch costs its replace and 0.4 per operation; it never saves units. */
export function patchCharge(replace: number, operations: number): number {
  return replace + perPatchOperation * operations;
}

export interface QueryWork {
  firstPage: boolean;
  /** Index entries matched by this page's filter. */
  entries: number;
  /** Sum of `readCharge` over the documents loaded for this page. */
  loaded: number;
}

/** One page of a query on one physical partition. */
export function queryCharge(work: QueryWork): number {
  return (work.firstPage ? 2.3 : 0.5) + 0.05 * work.entries + work.loaded;
}

/** One page of the change feed: about the point reads of its documents. */
export function changeFeedCharge(loaded: number): number {
  return Math.max(emptyReadCharge, loaded);
}
