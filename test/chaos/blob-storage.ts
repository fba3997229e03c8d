/** Blob Storage as the archiver reaches it: it can be broken for a while, and counts the requests that were hit. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { BlobWay, type Meddling } from '../blob-way.ts';
import type { BlobFault } from './plan.ts';

const UNAVAILABLE = 503;

export class BlobStorage {
  readonly way: BlobWay;
  readonly hits: Partial<Record<BlobFault, number>> = {};

  private constructor(way: BlobWay) {
    this.way = way;
  }

  static async open(): Promise<BlobStorage> {
    let opened: BlobStorage | undefined;
    const way = await BlobWay.open(() => (opened ? opened.#meddle() : undefined));
    return (opened = new BlobStorage(way));
  }

  #fault: BlobFault | undefined;
  #held: ServerResponse[] = [];

  /** The end of one outage ends whatever else was ordered. */
  async breakFor(fault: BlobFault, seconds: number): Promise<void> {
    this.#fault = fault;
    await sleep(seconds * 1000);
    this.#fault = undefined;
    for (const outgoing of this.#held.splice(0)) outgoing.destroy();
  }

  #meddle(): Meddling | undefined {
    const fault = this.#fault;
    if (fault === undefined) return undefined;
    this.hits[fault] = (this.hits[fault] ?? 0) + 1;
    switch (fault) {
      case 'refuse':
        return { before: (outgoing) => void outgoing.writeHead(UNAVAILABLE).end() };
      case 'reset-before':
        return { before: (outgoing) => void outgoing.destroy() };
      case 'reset-after':
        return { after: (outgoing) => void outgoing.destroy() };
      case 'hang':
        return { before: (outgoing) => void this.#held.push(outgoing) };
    }
  }
}
