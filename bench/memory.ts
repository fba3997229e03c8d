/** Looks at processes once a second while a run goes on: resident memory and processor time, as Linux tells them. */
import { readFileSync } from 'node:fs';

interface Sample {
  /** Bytes. */
  rss: number;
  /** Processor time since the process began. */
  seconds: number;
}

export interface Memory {
  /** Bytes. */
  most: number;
  /** Seconds of processor time in the run. */
  processor: number;
  /** Medians of the four quarters of the time in which the process was at work, in bytes. */
  quarters: number[];
}

const SAMPLE_MS = 1_000;
/** USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** A process has done its part when it has used this much of all the processor time that it uses in the run: the rest are polls. */
const DONE = 0.99;

function look(pid: number): Sample | undefined {
  try {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const [, fields = ''] = /\)(.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    // utime and stime are the 14th and 15th field, the name the 2nd.
    const [user = 0, system = 0] = fields.trim().split(' ').slice(11, 13).map(Number);
    return { rss: Number(kilobytes) * 1024, seconds: (user + system) / TICKS_PER_SECOND };
  } catch {
    // It has ended.
    return undefined;
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function memoryOf(samples: readonly Sample[]): Memory {
  const rss = samples.map((s) => s.rss);
  const first = samples[0]?.seconds ?? 0;
  const processor = (samples.at(-1)?.seconds ?? 0) - first;
  const done = samples.findIndex(({ seconds }) => seconds >= first + DONE * processor);
  const atWork = rss.slice(0, done + 1);
  const quarter = (nth: number): number =>
    median(atWork.slice((atWork.length * nth) / 4, Math.max(1, (atWork.length * (nth + 1)) / 4)));
  return { most: Math.max(...rss), processor, quarters: [0, 1, 2, 3].map(quarter) };
}

/** Begins to look. `stop` says what was seen, by name. */
export function watchMemory(processes: () => { name: string; pid: number | undefined }[]): {
  stop(): Map<string, Memory>;
} {
  const seen = new Map<string, Sample[]>();
  const lookAtAll = (): void => {
    for (const { name, pid } of processes()) {
      const sample = pid === undefined ? undefined : look(pid);
      if (!sample) continue;
      const samples = seen.get(name);
      if (samples) samples.push(sample);
      else seen.set(name, [sample]);
    }
  };
  // A run that fails need not wait for it.
  const timer = setInterval(lookAtAll, SAMPLE_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      lookAtAll();
      return new Map([...seen].map(([name, samples]) => [name, memoryOf(samples)]));
    },
  };
}
