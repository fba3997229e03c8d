/** A log file that starts anew when it has grown, and keeps the one before. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

export interface LogFile {
  path: string;
  /** Appends a line. */
  write(line: string): void;
  close(): void;
}

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Appends to `<folder>/<name>.log`; at `maxBytes` it becomes `<name>.1.log`, replacing the one there.
 * Writes are synchronous, since the last lines before a death are those that matter.
 */
export function openLogFile(folder: string, name: string, maxBytes: number = MAX_BYTES): LogFile {
  const path = `${folder}/${name}.log`;
  let descriptor = openSync(path, 'a');
  let { size } = fstatSync(descriptor);
  let open = true;
  return {
    path,
    write: (line) => {
      // A child's last words may come after the end.
      if (!open) return;
      if (size >= maxBytes) {
        closeSync(descriptor);
        renameSync(path, `${folder}/${name}.1.log`);
        descriptor = openSync(path, 'a');
        size = 0;
      }
      size += writeSync(descriptor, `${line}\n`);
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}
