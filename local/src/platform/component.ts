/** Entry of one process of the platform: `node component.ts`, told over IPC what to serve; ends when its parent does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { componentFaults, type ComponentFaults } from './component-faults.ts';
import { serveComponent, type Component } from './components.ts';
import type { ComponentOptions, FaultMessage } from './component-messages.ts';

/**
 * A predecessor that was killed may hold its port or file for a moment longer.
 * SQLite says locked, the stores say that the file is in use, the system says EADDRINUSE.
 */
const HELD = /EADDRINUSE|in use|locked/i;
const HELD_TRIES = 30;
const HELD_PAUSE_MS = 100;

async function serve(options: ComponentOptions, { plan }: ComponentFaults): Promise<Component> {
  for (let tries = 1; ; tries++) {
    try {
      return await serveComponent(options, plan);
    } catch (error) {
      if (tries === HELD_TRIES || !HELD.test(String(error))) throw error;
    }
    await sleep(HELD_PAUSE_MS);
  }
}

const say = (message: object): void => void process.send?.(message);

function main(): void {
  if (!process.send) {
    console.error(
      'This is a part of github-repo-stats that its supervisor starts; run `npm run serve` instead.',
    );
    process.exitCode = 2;
    return;
  }
  let running: Promise<Component> | undefined;
  process.once('message', (options: ComponentOptions) => {
    process.title = `github-repo-stats:${options.component}`;
    let component: Component | undefined;
    const faults = componentFaults(say, () => component?.carryOut?.());
    running = serve(options, faults);
    running.then(
      (started) => {
        component = started;
        process.on('message', (message: FaultMessage) => faults.receive(message));
        say({ type: 'listening', ...started.addresses });
      },
      (error: unknown) => {
        say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
        process.exit(1);
      },
    );
  });
  // The stores are durable at every instant, so an orphan can end at once.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C is the supervisor's to handle: it stops the apps first.
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', () => {
    void (async () => {
      await (await running)?.close();
      process.exit(0);
    })();
  });
}

main();
