/** One line over time, drawn on a canvas; its numbers stand in a table beside it, which is its accessible form. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { timeText } from '../parts/time.tsx';
import { count, signed } from '../words.ts';
import type { Point } from './series.ts';

/** A time that is marked across the line. */
export interface Mark {
  at: number;
  text: string;
}

const scheme = matchMedia('(prefers-color-scheme: dark)');
const dark = signal(scheme.matches);
scheme.addEventListener('change', () => (dark.value = scheme.matches));

const HEIGHT = 170;
const FONT = '12px system-ui, sans-serif';

/** Colours come from the style sheet, where they are those of the scheme that is in use. */
function coloursOf(element: Element) {
  const { color, caretColor, borderTopColor } = getComputedStyle(element);
  return { text: color, line: caretColor, grid: borderTopColor };
}

function drawMarks(plot: uPlot, marks: readonly Mark[], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const { at, text } of marks) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const right = x + ctx.measureText(text).width > bbox.left + bbox.width;
    ctx.textAlign = right ? 'right' : 'left';
    ctx.fillText(text, x + (right ? -4 : 4) * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

function optionsOf(
  element: HTMLElement,
  of: { bars: boolean; marks: readonly Mark[]; tell: (index: number | null | undefined) => void },
): uPlot.Options {
  const { text, line, grid } = coloursOf(element);
  const axis = {
    stroke: text,
    font: FONT,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
  };
  return {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: 'charts' }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: {
        range: (_plot, least, most) => {
          if (of.bars) return [Math.min(0, least ?? 0), Math.max(1, most ?? 1)];
          const room = Math.max(1, (most - least) * 0.1);
          // A number below 0 there is none.
          return [Math.max(0, Math.floor(least - room)), Math.ceil(most + room)];
        },
      },
    },
    axes: [
      {
        ...axis,
        values: [
          [31_536_000, '{YYYY}', null, null, null, null, null, null, 1],
          [2_419_200, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
          [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
          [60, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
          [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
        ],
      },
      {
        ...axis,
        size: 66,
        // There is no half of a star.
        incrs: [1, 2, 5]
          .flatMap((n) => Array.from({ length: 10 }, (_, power) => n * 10 ** power))
          .sort((a, b) => a - b),
        values: (_plot, ticks) => ticks.map((tick) => count(tick)),
      },
    ],
    series: [
      {},
      {
        stroke: line,
        width: 2,
        spanGaps: false,
        points: { show: !of.bars, size: 4, fill: line },
        ...(of.bars && { paths: uPlot.paths.bars!({ size: [0.7, 14] }), fill: line }),
      },
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, of.marks, text)],
      setCursor: [(plot) => of.tell(plot.cursor.idx)],
    },
  };
}

/** @param points must be the same object for as long as nothing changed. */
export function Chart(of: {
  title: string;
  points: readonly Point[];
  bars?: boolean;
  marks?: readonly Mark[];
}) {
  const { title, points, bars = false, marks = [] } = of;
  const place = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLSpanElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const tell = (index: number | null | undefined): void => {
      const point = index === null || index === undefined ? lastKnown(points) : points[index];
      if (readout.current) readout.current.textContent = point ? wordsOf(point, bars) : '';
    };
    const data: uPlot.AlignedData = [points.map(({ at }) => at / 1000), points.map(({ value }) => value)];
    const plot = new uPlot(optionsOf(element, { bars, marks, tell }), data, element);
    tell(undefined);
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [points, bars, marks, isDark]);
  return (
    <figure>
      <figcaption>
        <b>{title}</b> <span ref={readout} />
      </figcaption>
      {points.some(({ value }) => value !== null) ? (
        <div class="chart" ref={place} role="img" aria-label={`${title}: ${described(points, bars)}`} />
      ) : (
        <p class="quiet">There are too few runs to draw it.</p>
      )}
    </figure>
  );
}

const lastKnown = (points: readonly Point[]): Point | undefined =>
  points.findLast(({ value }) => value !== null);

const wordsOf = ({ at, value }: Point, bars: boolean): string =>
  `${timeText(at)}: ${value === null ? 'not known' : bars ? signed(value) : count(value)}`;

function described(points: readonly Point[], bars: boolean): string {
  const first = points.find(({ value }) => value !== null);
  const last = lastKnown(points);
  if (!first || !last) return 'nothing known';
  return `from ${wordsOf(first, bars)} to ${wordsOf(last, bars)}. The numbers stand in the table below.`;
}
