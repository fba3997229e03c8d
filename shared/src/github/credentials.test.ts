import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SettingsError, readSettings } from '../settings.ts';
import {
  GITHUB_SETTINGS,
  candidatesFor,
  laneKey,
  needsCredentials,
  pickLane,
  readCredentials,
  withoutRefused,
  type Credential,
} from './credentials.ts';

const credential = (name: string, ...owners: string[]): Credential => ({
  name,
  ...(owners.length > 0 && { owners }),
  auth: { kind: 'token', token: `t-${name}` },
});
const any = credential('any');
const own = credential('own', 'octokit', 'microsoft');
const other = credential('other', 'octokit');
const names = (credentials: readonly Credential[]): string[] => credentials.map((c) => c.name);

describe('the credentials of a service', () => {
  const read = (env: Record<string, string>): Credential[] =>
    readCredentials(readSettings(GITHUB_SETTINGS, env, [needsCredentials]));
  const list = '[{"name": "a", "token": "t1", "owners": ["Octokit"]}]';

  it('are the one token, called default, for every owner', () => {
    expect(read({ Github_Token: 't0' })).toEqual([{ name: 'default', auth: { kind: 'token', token: 't0' } }]);
  });

  it('are those of the list, and both when both are set', () => {
    expect(read({ Github_Credentials: list })).toEqual([
      { name: 'a', owners: ['octokit'], auth: { kind: 'token', token: 't1' } },
    ]);
    expect(names(read({ Github_Token: 't0', Github_Credentials: list }))).toEqual(['default', 'a']);
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'Github_Token: is not set, nor is Github_Credentials'],
    [{ Github_Token: ' ', Github_Credentials: '' }, 'Github_Token: is not set, nor is Github_Credentials'],
    [{ Github_Credentials: 's3cret' }, 'Github_Credentials: is not JSON'],
    [{ Github_Token: 'x', Github_Credentials: 's3cret' }, 'Github_Credentials: is not JSON'],
    [
      { Github_Token: 's3cret', Github_Credentials: '[{"name": "a", "token": "s3cret"}]' },
      'Github_Credentials: a is the same token as Github_Token',
    ],
    [
      { Github_Token: 's3cret', Github_Credentials: '[{"name": "Default", "token": "s3cret2"}]' },
      'Github_Credentials: default is the name of Github_Token, which is set too',
    ],
  ])('are refused when there is none or one twice: %j', (env, problem) => {
    const attempt = () => read(env);
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(new SettingsError([problem]));
  });
});

describe('the candidates for owners', () => {
  it.each<[string[], string[], string[]]>([
    [['octokit'], [], ['own', 'other']],
    [['OctoKit'], [], ['own', 'other']],
    [['octokit', 'Microsoft'], [], ['own']],
    [['octokit', 'azure'], [], ['any']],
    [['azure'], [], ['any']],
    [['octokit'], ['own'], ['other']],
    [['octokit'], ['own', 'other'], ['any']],
    [['octokit'], ['own', 'other', 'any'], []],
  ])('%j without %j are %j', (owners, refused, expected) => {
    expect(names(candidatesFor([any, own, other], owners, refused))).toEqual(expected);
  });

  it('part them by who may read them', () => {
    const key = (owner: string): string => laneKey([own, other], owner);
    expect(key('octokit')).toBe(key('OCTOKIT'));
    expect(key('octokit')).not.toBe(key('microsoft'));
    expect(key('azure')).toBe('');
  });

  it('are fewer with every refusal, and none is tried twice', () => {
    let refusedBy: string[] | undefined;
    const tried: string[] = [];
    let left = candidatesFor([any, own, other], ['octokit']);
    while (left.length > 0) {
      tried.push(left[0]!.name);
      ({ refusedBy, candidates: left } = withoutRefused(
        [any, own, other],
        ['octokit'],
        refusedBy,
        left[0]!.name,
      ));
    }
    expect(tried).toEqual(['own', 'other', 'any']);
    expect(refusedBy).toEqual(tried);
  });

  it('end where a message can hold no further name', () => {
    const many = Array.from({ length: 60 }, (_, i) => credential(`c${i}`));
    const before = names(many.slice(0, 49));
    const { refusedBy, candidates } = withoutRefused(many, ['o'], before, 'c49');
    expect(refusedBy).toHaveLength(50);
    expect(candidates).toEqual([]);
  });
});

describe('the lane of work', () => {
  const lanes = ['a', 'b', 'c', 'd'].map((name) => credential(name));

  it('is the same for the same key, whatever the order of the credentials', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(200), (key, nth) => {
        expect(pickLane(lanes.toReversed(), key, nth)).toBe(pickLane(lanes, key, nth));
      }),
    );
  });

  it('is spread evenly by key', () => {
    const counts = new Map<string, number>();
    for (let i = 1; i <= 1_000; i++) {
      const lane = pickLane(lanes, `s${String(i).padStart(5, '0')}`);
      counts.set(lane, (counts.get(lane) ?? 0) + 1);
    }
    expect(counts.size).toBe(4);
    for (const count of counts.values()) expect(Math.abs(count - 250)).toBeLessThan(50);
  });

  it('goes round all of them', () => {
    const row = Array.from({ length: 8 }, (_, nth) => pickLane(lanes, 's00001', nth));
    expect(new Set(row.slice(0, 4)).size).toBe(4);
    expect(row.slice(4)).toEqual(row.slice(0, 4));
  });

  it('stays for other work when one is taken out', () => {
    const without = lanes.slice(1);
    const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
    const others = keys.filter((key) => pickLane(lanes, key) !== 'a');
    expect(others.length).toBeGreaterThan(0);
    for (const key of others) expect(pickLane(without, key)).toBe(pickLane(lanes, key));
  });

  it('is an error when nobody is left', () => {
    expect(() => pickLane([], 'key')).toThrow('no credential');
  });
});
