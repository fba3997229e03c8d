import { LOG_ENTRIES, type LogEntry } from '@github-repo-stats/shared/log-entries';
import { describe, expect, it } from 'vitest';
import { bind } from './kql.fixture.ts';
import { APP, entries, entry, query, type FieldOf } from './log-query.ts';

describe('a query for an entry', () => {
  it('reads its text and casts its fields by what they hold', () => {
    expect(entry('waiting', ['runId', 'seconds', 'until'])).toBe(
      [
        'AppTraces',
        '| where Message == "waiting"',
        '| project TimeGenerated, Message, AppRoleName, OperationId, runId = tostring(Properties.runId), seconds = todouble(Properties.seconds), until = todatetime(Properties.until)',
      ].join('\n'),
    );
  });

  it.each(Object.keys(LOG_ENTRIES) as LogEntry[])('can ask for every field of: %s', (text) => {
    const fields = Object.entries(LOG_ENTRIES[text]);
    const { problems, columns } = bind(
      entries([text], fields.map(([name]) => name) as FieldOf<typeof text>[]),
    );
    expect(problems).toEqual([]);
    const types = { text: 'string', number: 'real', time: 'datetime' };
    for (const [name, kind] of fields)
      expect([name, columns[name]]).toEqual([name, types[kind.replace('?', '') as keyof typeof types]]);
  });

  it('cannot ask for a field that the entry does not have', () => {
    // @ts-expect-error: the definition has no such field, and so the build fails.
    expect(() => entry('run ended', ['duration'])).toThrow('The field duration is unknown in: run ended');
    // @ts-expect-error: nor such an entry.
    expect(() => entry('run finished', [])).not.toThrow();
  });

  it('of several entries reads the fields that any of them has', () => {
    const { columns } = bind(entries(['run started', 'run ended'], ['runId', 'trigger', 'revision']));
    expect(columns).toMatchObject({ runId: 'string', trigger: 'string', revision: 'real' });
  });
});

describe('the language service', () => {
  it.each([
    ['AppTraces | where Messsage == "x"', 'Messsage'],
    ['AppTrace | count', 'AppTrace'],
    ['AppTraces | summarise count()', 'summarise'],
    ['AppTraces | project Message | where AppRoleName == "a"', 'AppRoleName'],
    ['AppTraces | where TimeGenerated > ago(', 'ago'],
    ['AppTraces | extend n = toint(Properties.a, 1, 2)', 'toint'],
    ['Usage | where IsBillable > "x"', 'bool and string'],
  ])('refuses: %s', (text, named) => {
    expect(bind(text).problems.join()).toContain(named);
  });

  it('knows the app of a row', () => {
    expect(bind(query('AppRequests', `project app = ${APP}`))).toEqual({
      problems: [],
      columns: { app: 'string' },
    });
  });
});
