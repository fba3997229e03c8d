/** A handful of seeded chaos runs; `npm run chaos` makes as many as one likes. */
import { expect, it } from 'vitest';
import { drawPlan } from './chaos/draw-plan.ts';
import { ChaosPlan } from './chaos/plan.ts';
import { runPlan } from './chaos/run-plan.ts';

const REPOSITORIES = 200;

it('draws the same plan from the same seed, another one from another, and each is read back as it was written', () => {
  const plans = Array.from({ length: 50 }, (_, seed) => drawPlan(seed, REPOSITORIES));
  expect(plans).toEqual(plans.map(({ seed }) => drawPlan(seed, REPOSITORIES)));
  expect(new Set(plans.map(({ steps }) => JSON.stringify(steps))).size).toBe(plans.length);
  expect(plans.map((plan) => ChaosPlan.parse(JSON.parse(JSON.stringify(plan))))).toEqual(plans);
  const actions = new Set(plans.flatMap(({ steps }) => steps.map((step) => step.action.do)));
  const known = ChaosPlan.shape.steps.element.shape.action.options.map((o) => o.shape.do.value);
  expect([...actions].sort()).toEqual(known.sort());
});

// Together, since most of their time is waiting for processes, locks and limits.
it.concurrent.for([2, 3, 4])('seed %i holds', async (seed, { expect }) => {
  const { violations, done } = await runPlan(drawPlan(seed, REPOSITORIES));
  expect(violations).toEqual([]);
  expect(done.reached).toBeGreaterThan(done.steps / 2);
  expect(Object.values(done.kills).length).toBeGreaterThan(0);
});
