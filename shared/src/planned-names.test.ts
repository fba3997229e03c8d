import { describe, expect, it } from 'vitest';
import { UnreadableMessage } from './messages.ts';
import { namesIn, plannedRepos } from './planned-names.ts';

const batch = { runId: '1611127298', batchId: 'b-s00001-00001-1' };
const repo = (name: string) => ({ nameWithOwner: `o/${name}`, id: `R_${name}` });
const planned = { batchId: batch.batchId, repos: [repo('a'), repo('b')] };

describe('the names that a message is about', () => {
  it('are those that it names, or undefined for the whole batch', () => {
    const ours = { ...batch, repos: [repo('a')], attempt: 1, firstAttempt: 1, wait: 0 };
    expect(namesIn(ours)).toEqual(['o/a']);
    expect(namesIn({ ...batch, repos: [repo('b')] })).toEqual(['o/b']);
    expect(namesIn({ ...batch, names: ['o/a'], repos: [repo('a')] })).toEqual(['o/a']);
    expect(namesIn(batch)).toBeUndefined();
  });
});

describe('the repositories of a message', () => {
  it('are those of its names, each once, as the plan knows them; without names all of the batch', () => {
    expect(plannedRepos(batch, planned, ['o/b', 'o/b'])).toEqual([repo('b')]);
    expect(plannedRepos(batch, planned, undefined)).toEqual(planned.repos);
  });

  it('are refused when there is no such batch, or when a name is not in its plan', () => {
    const unknown = () => plannedRepos(batch, undefined, undefined);
    expect(unknown).toThrow(`There is no batch ${batch.batchId} in run ${batch.runId}`);
    const foreign = () => plannedRepos(batch, planned, ['o/a', 'o/z']);
    expect(foreign).toThrow(`Not in the plan of batch ${batch.batchId}: o/z`);
    expect(foreign).toThrow(UnreadableMessage);
  });
});
