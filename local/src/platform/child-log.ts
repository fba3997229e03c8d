/** Writes what a child says, and what becomes of it, to the child's log file. */
import type { SupervisedChild } from './child.ts';
import { openLogFile, type LogFile } from './log-file.ts';
import type { LogRecord } from './log-record.ts';

/** Logs to `<folder>/<name>.log` from the child's first start on; `onRecord` gets every record too. */
export function logChild(
  child: SupervisedChild,
  folder: string,
  onRecord: (record: LogRecord) => void,
): LogFile {
  const app = child.name;
  const file = openLogFile(folder, app);
  const log = (record: LogRecord): void => {
    file.write(JSON.stringify(record));
    onRecord(record);
  };
  const note = (level: string, message: string, fields: object): void =>
    log({ time: new Date().toISOString(), level, app, category: 'supervisor', message, ...fields });
  child.on('log', log);
  child.on('listening', () =>
    note('information', 'process listens', { pid: child.pid, starts: child.starts }),
  );
  child.on('died', (death) => note('error', 'process died', death));
  child.on('gaveUp', (error) => note('error', 'process cannot be started', { error: error.message }));
  return file;
}
