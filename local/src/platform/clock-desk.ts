/** Sets the wall clocks of the apps, in each life of theirs: how far each is ahead of the machine's, or behind it. */
import { isClockReply, type ClockMessage } from '../function-host/wall-clock.ts';
import type { SupervisedChild } from './child.ts';

interface Clock {
  child: SupervisedChild;
  offsetMs: number;
  /** Counts the changes; a child says which it has taken over. */
  version: number;
  waiting: { version: number; resolve: () => void }[];
}

export class ClockDesk {
  readonly #clocks = new Map<string, Clock>();

  /** From now on the clock of this child can be set. */
  open(child: SupervisedChild): void {
    const clock: Clock = { child, offsetMs: 0, version: 0, waiting: [] };
    this.#clocks.set(child.name, clock);
    // A life that was starting while the clock was set has begun with the old one.
    child.on('listening', () => {
      if (clock.version > 0) this.#send(clock);
    });
    child.on('said', (said) => {
      if (!isClockReply(said)) return;
      for (const { resolve } of clock.waiting.filter((w) => w.version <= said.version)) resolve();
      clock.waiting = clock.waiting.filter((w) => w.version > said.version);
    });
  }

  close(name: string): void {
    for (const { resolve } of this.#clocks.get(name)?.waiting ?? []) resolve();
    this.#clocks.delete(name);
  }

  /** In ms; what a life is to start with. */
  offsetOf(name: string): number {
    return this.#clocks.get(name)?.offsetMs ?? 0;
  }

  /** Resolves once the app, in this life or the next, goes by it. @param offsetMs to the machine's clock, not to what was set before. @throws for what is no app. */
  async set(name: string, offsetMs: number): Promise<void> {
    const clock = this.#clocks.get(name);
    if (!clock) throw new Error(`There is no app ${name} whose clock could be set`);
    clock.offsetMs = offsetMs;
    const version = ++clock.version;
    const stands = new Promise<void>((resolve) => clock.waiting.push({ version, resolve }));
    this.#send(clock);
    await stands;
  }

  #send({ child, version, offsetMs }: Clock): void {
    child.send({ type: 'clock', version, offsetMs } satisfies ClockMessage);
  }
}
