/** The processes of the function apps: one instance of each, and more of them while they are asked for. */
import { join } from 'node:path';
import { workerArguments } from '@github-repo-stats/shared/host-settings';
import { CLOCK_OFFSET } from '../function-host/wall-clock.ts';
import { SupervisedChild } from './child.ts';
import { ClockDesk } from './clock-desk.ts';

export interface AppFolder {
  name: string;
  folder: string;
}

export interface AppChildrenOptions {
  /** Settings of an app beside those of the platform. */
  environment: (app: string) => Record<string, string>;
  /** When each timer fired last; a folder of its own for each further instance. */
  state: string;
  /** The fixed port of an app's HTTP endpoint; any without. */
  portOf: (app: string) => number | undefined;
}

const HOST_SCRIPT = join(import.meta.dirname, '../function-host/main.ts');

export class AppChildren {
  readonly #options: AppChildrenOptions;
  readonly #children = new Map<string, SupervisedChild>();
  readonly #folders = new Map<string, string>();
  #instances = 0;
  readonly clocks = new ClockDesk();

  constructor(options: AppChildrenOptions) {
    this.#options = options;
  }

  get all(): SupervisedChild[] {
    return [...this.#children.values()];
  }
  get(name: string): SupervisedChild | undefined {
    return this.#children.get(name);
  }

  /** The first instance of an app; it has the app's name. */
  add({ name, folder }: AppFolder): SupervisedChild {
    this.#folders.set(name, folder);
    const { state, portOf } = this.#options;
    return this.#child({ app: name, name, state, port: portOf(name) });
  }

  /**
   * One more instance of an app that is there, on any port, not started yet; named `<app>-<number>`. Its timers fire too,
   * which Azure sees to that they do not. @throws when there is no such app.
   */
  addInstance(app: string): SupervisedChild {
    if (!this.#folders.has(app)) throw new Error(`There is no app ${app} of which to start another instance`);
    const name = `${app}-${++this.#instances + 1}`;
    return this.#child({ app, name, state: join(this.#options.state, name), port: undefined });
  }

  /** Stops one in good order, as scaling in does. */
  async remove(name: string): Promise<void> {
    await this.#children.get(name)?.stop();
    this.#children.delete(name);
    this.clocks.close(name);
  }

  #child(of: { app: string; name: string; state: string; port: number | undefined }): SupervisedChild {
    const { app, name, state } = of;
    const isFirst = app === name;
    let { port } = of;
    const child = new SupervisedChild({
      name,
      script: HOST_SCRIPT,
      args: [this.#folders.get(app) ?? ''],
      env: () => {
        const { LOCAL_HTTP_PORT: fixed, ...environment } = this.#options.environment(app);
        const at = port === undefined ? (isFirst ? fixed : undefined) : String(port);
        return {
          ...environment,
          LOCAL_STATE_DIR: state,
          // The same name in every life, so that it takes its own change-feed leases back at once.
          LOCAL_INSTANCE_ID: name,
          [CLOCK_OFFSET]: String(this.clocks.offsetOf(name)),
          ...(at !== undefined && { LOCAL_HTTP_PORT: at }),
        };
      },
      nodeArguments: workerArguments,
    });
    // A port that the host chose by itself stays the app's when it is started again.
    child.on('listening', (said) => {
      port ??= said.port;
    });
    this.#children.set(name, child);
    this.clocks.open(child);
    return child;
  }
}
