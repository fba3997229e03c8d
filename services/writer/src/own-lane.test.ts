import { readFileSync } from 'node:fs';
import { writeLane } from '@github-repo-stats/shared/ids';
import { WriteStats, type Envelope } from '@github-repo-stats/shared/messages';
import { again, complete } from '@github-repo-stats/shared/settlement';
import { describe, expect, it } from 'vitest';
import { inOwnLane } from './own-lane.ts';

const golden = new URL('../../../shared/src/golden/WriteStats.json', import.meta.url);
const message = WriteStats.parse(JSON.parse(readFileSync(golden, 'utf8')));

async function came(sessionId: string, lanes: number) {
  const sent: Envelope[] = [];
  let written = 0;
  const writeQueue = { send: (some: readonly Envelope[]) => Promise.resolve(void sent.push(...some)) };
  const settlement = await inOwnLane(message, sessionId, { lanes, writeQueue }, () => {
    written++;
    return Promise.resolve(again(sent[0]!, 1, 'as it ends'));
  });
  return { sent, written, settlement };
}

describe('a message of the write queue', () => {
  it('is written in its own lane, and ends as the writing does', async () => {
    for (const lanes of [1, 4]) {
      const { sent, written, settlement } = await came(writeLane(message.batchId, lanes), lanes);
      expect([sent.length, written, settlement.kind]).toEqual([0, 1, 'again']);
    }
  });

  it('goes to its own lane unchanged when it came in another one, and is not written there', async () => {
    const { sent, written, settlement } = await came('write-3', 1);
    expect(sent).toMatchObject([{ sessionId: 'write-0', body: message }]);
    expect([written, settlement]).toEqual([0, complete]);
  });

  it('is left in the queue when it cannot be sent on', async () => {
    const away = new Error('away');
    const writeQueue = { send: () => Promise.reject(away) };
    const write = () => Promise.resolve(complete);
    await expect(inOwnLane(message, 'by-hand', { lanes: 1, writeQueue }, write)).rejects.toBe(away);
  });
});
