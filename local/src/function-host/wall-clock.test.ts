/** What sees a clock that was moved, and what does not; in a process of its own, since it is for good. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MODULE = JSON.stringify(join(import.meta.dirname, 'wall-clock.ts'));

/** Runs the lines with `set` at hand, and reads what they leave in `result`. */
function inProcess(lines: string): Record<string, unknown> {
  const script = `
    const { installWallClock } = await import(${MODULE});
    const started = Date.now();
    const set = installWallClock(0);
    const result = {};
    ${lines}
    console.log(JSON.stringify(result));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  ) as Record<string, unknown>;
}
const HOUR = 3_600_000;

test('the clock goes ahead and back for Date alone, also for who kept Date.now before', () => {
  const seen = inProcess(`
    const { now } = Date;
    const monotonic = performance.now();
    set(${HOUR});
    result.ahead = [now() - started, new Date().getTime() - started, Date.parse(Date()) + 1000 - started];
    set(-${HOUR});
    result.behind = [now() - started, new Date() - started];
    result.passed = performance.now() - monotonic;`);
  for (const ahead of seen['ahead'] as number[]) expect(ahead).toBeGreaterThanOrEqual(HOUR);
  for (const behind of seen['behind'] as number[]) expect(behind).toBeLessThan(0);
  expect(seen['passed']).toBeLessThan(HOUR);
});

test('dates that are given are left as they are, and every date is a Date', () => {
  expect(
    inProcess(`
      set(${HOUR});
      class Mine extends Date {}
      result.given = [new Date(5).getTime(), new Date(2020, 0).getFullYear(), Date.parse('1970-01-01T00:00:01Z'), Date.UTC(1970, 0)];
      result.kinds = [new Date() instanceof Date, new Mine() instanceof Mine, new Mine(7).getTime()];
      result.copy = new (new Date(5).constructor)(6).getTime();`),
  ).toEqual({ given: [5, 2020, 1000, 0], kinds: [true, true, 7], copy: 6 });
});
