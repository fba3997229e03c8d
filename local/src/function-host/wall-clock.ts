/** Lets the wall clock of this process differ from the machine's: everything that asks Date sees it, and what is monotonic does not. */

/** Setting that a process starts with, ms; ahead when positive. */
export const CLOCK_OFFSET = 'LOCAL_CLOCK_OFFSET_MS';

/** What the parent says when the clock is set, and the answer once it is. */
export interface ClockMessage {
  type: 'clock';
  version: number;
  offsetMs: number;
}
export interface ClockReply {
  type: 'clock-stands';
  version: number;
}

const typeOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
export const isClockMessage = (message: unknown): message is ClockMessage => typeOf(message) === 'clock';
export const isClockReply = (message: unknown): message is ClockReply => typeOf(message) === 'clock-stands';

/**
 * To be called before the app is loaded, which may keep a reference to `Date.now`. Timers and `performance` go on as they were.
 * @returns sets the offset in ms, at once.
 */
export function installWallClock(offsetMs: number): (offsetMs: number) => void {
  let offset = offsetMs;
  const machine = Date.now;
  const now = (): number => machine() + offset;
  const Moved = new Proxy(Date, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new Date(now()).toString(),
  });
  Date.now = now;
  Date.prototype.constructor = Moved;
  globalThis.Date = Moved;
  return (next) => {
    offset = next;
  };
}
