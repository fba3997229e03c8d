/** Takes orders of faults, hands them to the components in each of their lives, and counts how often each has hit. */
import { isUsedUp, type Numbered } from '../faults/fault-plan.ts';
import {
  FaultRefused,
  isFaulty,
  killedBy,
  readFaults,
  type AnyFault,
  type FaultGiven,
  type FaultyComponent,
} from '../faults/fault-schema.ts';
import type { SupervisedChild } from './child.ts';
import type { FaultMessage, FaultReply } from './component-messages.ts';

/** An order, of whom, and how often it has hit. */
export interface FaultCount extends Numbered<AnyFault> {
  component: FaultyComponent;
}

interface Taken {
  readonly component: FaultyComponent;
  readonly number: number;
  readonly order: AnyFault;
  hits: number;
  takenBack: boolean;
}

interface Office {
  child: SupervisedChild;
  /** Counts the changes; a component says which it has taken over. */
  version: number;
  waiting: { version: number; resolve: () => void }[];
}

const countOf = ({ component, number, order, hits }: Taken): FaultCount => ({
  component,
  number,
  order,
  hits,
});

export class FaultDesk {
  readonly #appOf: (name: string) => SupervisedChild | undefined;
  readonly #onHit: (hit: FaultCount) => void;
  readonly #offices = new Map<FaultyComponent, Office>();
  readonly #orders: Taken[] = [];
  #number = 0;

  constructor(appOf: (name: string) => SupervisedChild | undefined, onHit: (hit: FaultCount) => void) {
    this.#appOf = appOf;
    this.#onHit = onHit;
  }

  /** Every order there was, used up and taken back ones too. */
  get orders(): readonly FaultCount[] {
    return this.#orders.map(countOf);
  }

  /** A process of which faults can be ordered; of others this does nothing. */
  open(child: SupervisedChild): void {
    const { name } = child;
    if (!isFaulty(name)) return;
    const office: Office = { child, version: 0, waiting: [] };
    this.#offices.set(name, office);
    child.on('said', (said) => this.#hear(office, said as FaultReply));
    // What stands has to be said to each life anew.
    child.on('listening', () => {
      if (office.version > 0) this.#send(name, office);
    });
  }

  /** Resolves to the numbers of the orders once they stand. @throws FaultRefused */
  async order<N extends FaultyComponent>(component: N, given: readonly FaultGiven<N>[]): Promise<number[]> {
    const faults = readFaults(component, given);
    for (const app of faults.map(killedBy))
      if (app !== undefined && !this.#appOf(app)) throw new FaultRefused(`There is no app ${app} to kill`);
    const office = this.#officeOf(component);
    const orders = faults.map((order) => ({
      component,
      number: ++this.#number,
      order,
      hits: 0,
      takenBack: false,
    }));
    this.#orders.push(...orders);
    await this.#changed(component, office);
    return orders.map(({ number }) => number);
  }

  /** Takes back what stands in a component; resolves once nothing does. @throws FaultRefused */
  async takeBack(component: FaultyComponent): Promise<void> {
    const office = this.#officeOf(component);
    for (const order of this.#orders) if (order.component === component) order.takenBack = true;
    await this.#changed(component, office);
  }

  #officeOf(component: FaultyComponent): Office {
    const office = this.#offices.get(component);
    if (!office) throw new FaultRefused(`${component} was not started`);
    return office;
  }

  async #changed(component: FaultyComponent, office: Office): Promise<void> {
    const version = ++office.version;
    const stands = new Promise<void>((resolve) => office.waiting.push({ version, resolve }));
    this.#send(component, office);
    await stands;
  }

  #send(component: FaultyComponent, { child, version }: Office): void {
    const faults = this.#orders
      .filter((o) => o.component === component && !o.takenBack && !isUsedUp(o.order, o.hits))
      .map(({ number, order, hits }) => ({ number, order, hits }));
    child.send({ type: 'faults', version, faults } satisfies FaultMessage);
  }

  #hear(office: Office, said: FaultReply): void {
    if (said.type === 'faults-stand') {
      for (const { resolve } of office.waiting.filter((w) => w.version <= said.version)) resolve();
      office.waiting = office.waiting.filter((w) => w.version > said.version);
    } else if (said.type === 'fault-hit') {
      const order = this.#orders.find((o) => o.number === said.number);
      if (!order) return;
      order.hits++;
      this.#onHit(countOf(order));
    } else if (said.type === 'kill') {
      void this.#kill(said.app).then(() =>
        office.child.send({ type: 'killed', kill: said.kill } satisfies FaultMessage),
      );
    }
  }

  #kill(app: string): Promise<void> {
    const child = this.#appOf(app);
    if (child?.pid === undefined) return Promise.resolve();
    const dead = new Promise<void>((resolve) => child.once('died', () => resolve()));
    child.kill('SIGKILL');
    return dead;
  }
}
