/** One stats call, and beside it one listing call, per credential, whatever becomes of the process that holds the grant. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGithub, type Github } from '@github-repo-stats/local/github/server';
import { startEmbeddedCosmos, type EmbeddedCosmos } from './embedded-cosmos.ts';
import { GateStation } from './gate-station.ts';

const CREDENTIAL = 'shared';
const TOKEN = 'ghp_shared';
/** A foreign grant counts for 2 s instead of 20, a grant is used within 100 ms. */
const SCALE = 0.1;

let cosmos: EmbeddedCosmos;
let github: Github;
let stations: GateStation[];

beforeEach(async () => {
  stations = [];
  cosmos = await startEmbeddedCosmos();
  github = await startGithub({
    world: { seed: 1, repositories: 60, owners: [{ login: 'acme' }], individual: [] },
    credentials: [{ name: CREDENTIAL, token: TOKEN }],
    latency: 'github',
    latencyScale: SCALE,
  });
});
afterEach(async () => {
  await Promise.all(stations.map((station) => station.stop()));
  await github.close();
  await cosmos.close();
});

async function start(burst?: number): Promise<GateStation> {
  const repositories = [...github.oracle.truth()].slice(0, 10).map((row) => row.repo);
  const station = await GateStation.start({
    cosmos,
    pace: cosmos.pace,
    githubUrl: github.url,
    process: {
      credential: CREDENTIAL,
      token: TOKEN,
      scale: SCALE,
      owner: 'acme',
      repositories,
      ...(burst && { burst }),
    },
  });
  stations.push(station);
  return station;
}

/** What GitHub saw of the credential, and what each process did. */
function observed() {
  const { maxInFlight } = github.oracle.calls().tokens[CREDENTIAL]!;
  return {
    stats: maxInFlight.stats,
    listing: maxInFlight.listing,
    underOldGrant: stations.reduce((sum, s) => sum + s.underOldGrant, 0),
    // A connection that broke under a write is what a message is delivered again for.
    errors: stations.flatMap((s) =>
      s.reports.filter((r) => r.result === 'error' && !/hang up/.test(r.reply)),
    ),
  };
}
const ONE_AT_A_TIME = { stats: 1, listing: 1, underOldGrant: 0, errors: [] };

type Stop = 'freeze' | 'kill';
type Place = (victim: GateStation, stop: () => void, takenOver: Promise<void>) => void;

/** Lets something happen once, at the next such instant. */
const PLACES: Record<string, Place> = {
  'before the grant, whose write arrives': (victim, stop) => {
    victim.instants.write = async () => (stop(), true);
  },
  'before the grant, whose write arrives after another process took over': (victim, stop, takenOver) => {
    victim.instants.write = async () => (stop(), await takenOver, true);
  },
  'before the grant, whose write is lost': (victim, stop) => {
    victim.instants.write = async () => (stop(), false);
  },
  'after the grant': (victim, stop) => {
    victim.instants.written = async () => stop();
  },
  'while connecting': (victim, stop) => {
    victim.instants.connect = async () => stop();
  },
  'during the call': (victim, stop) => {
    victim.instants.call = async () => stop();
  },
};

/** Stops a process at a place once it works; resolves when another one has made calls since. */
async function stopAt(place: Place, how: Stop): Promise<{ victim: GateStation; other: GateStation }> {
  const [victim, other] = [await start(), await start()];
  const stopped = Promise.withResolvers<void>();
  const takenOver = Promise.withResolvers<void>();
  const set = (): void =>
    place(
      victim,
      () => {
        victim.instants = {};
        victim[how]();
        stopped.resolve();
      },
      takenOver.promise,
    );
  // Connecting comes first, everything else in the midst of work.
  if (place === PLACES['while connecting']) set();
  victim.work('stats', 'listing');
  if (place !== PLACES['while connecting']) {
    await victim.answers(4);
    set();
  }
  await stopped.promise;
  other.work('stats', 'listing');
  await other.answers(3);
  takenOver.resolve();
  return { victim, other };
}

describe('a process that is frozen', () => {
  it.each(Object.keys(PLACES))('%s, sends nothing late, and works on when it may', async (name) => {
    const { victim, other } = await stopAt(PLACES[name]!, 'freeze');
    const awake = victim.stirs();
    victim.thaw();
    // The other goes on while this one comes back, and then leaves the field to it.
    await awake;
    await other.answers(3);
    other.work();
    await victim.answers(3);
    expect(observed()).toEqual(ONE_AT_A_TIME);
  });
});

describe('a process that is killed', () => {
  it.each(Object.keys(PLACES).filter((name) => !name.includes(',')))(
    '%s, is replaced, and never overlaps with who comes after',
    async (name) => {
      const { other } = await stopAt(PLACES[name]!, 'kill');
      await other.answers(3);
      await other.answeredOnce('stats', 'listing');
      expect(observed()).toEqual(ONE_AT_A_TIME);
    },
  );
});

describe('processes that work in the same lane at once, since a session lock was lost', () => {
  it('make many calls one after the other', async () => {
    const three = [await start(5), await start(5), await start(5)];
    for (const each of three) each.work('stats', 'listing');
    await Promise.all(three.map((each) => each.answers(15)));
    expect(observed()).toEqual(ONE_AT_A_TIME);
    expect(github.oracle.calls().tokens[CREDENTIAL]!.maxInFlight.all).toBe(2);
  });
});

describe('connecting that takes longer than a grant lasts', () => {
  it('costs another grant, and nothing is sent under the one before', async () => {
    const station = await start();
    station.instants.connect = () => sleep(3 * 1_000 * SCALE);
    station.work('stats');
    await station.answers(5);
    expect(observed()).toEqual({ ...ONE_AT_A_TIME, listing: 0 });
    expect(station.underGrantOfConnection).toBe(0);
  });
});
