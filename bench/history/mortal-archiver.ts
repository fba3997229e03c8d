/** Starts the archiver's process, gives it orders, and starts it anew when it died of one, which is then given again. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Death, Done, Order } from './archiver-process.ts';

const PROCESS = join(import.meta.dirname, 'archiver-process.ts');

export class MortalArchiver {
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;
  /** How often it died at each place, by `work nth when`. */
  readonly deaths = new Map<string, number>();

  /** @param environment where database and archive are. */
  constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  async obey(order: Omit<Order, 'death'>, death?: Death): Promise<Done> {
    const done = await this.#once({ ...order, death });
    if (done) return done;
    const place = `${order.work} ${death?.nth} ${death?.when}`;
    this.deaths.set(place, (this.deaths.get(place) ?? 0) + 1);
    const again = await this.#once({ ...order, death: undefined });
    if (!again) throw new Error('The archiver ended where it was not told to');
    return again;
  }

  /** @returns undefined when it died. */
  async #once(order: Order): Promise<Done | undefined> {
    this.#child ??= fork(PROCESS, { env: { ...process.env, ...this.#environment } });
    const child = this.#child;
    child.send(order);
    const stop = new AbortController();
    const of = { signal: stop.signal };
    const [answer, signal] = await Promise.race([
      once(child, 'message', of) as Promise<[Done]>,
      once(child, 'exit', of) as Promise<[number | null, string]>,
    ]);
    stop.abort();
    if (typeof answer === 'object' && answer !== null) return answer;
    this.#child = undefined;
    if (signal !== 'SIGKILL') throw new Error(`The archiver ended with ${answer ?? signal}`);
    return undefined;
  }

  async close(): Promise<void> {
    if (!this.#child) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
