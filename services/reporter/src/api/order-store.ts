/** Orders where the scheduler finds them: container run-info, partition `orders`. */
import type { Container } from '@azure/cosmos';
import { ORDERS, type Order } from '@github-repo-stats/shared/orders';
import { createOnce, readDocument } from '@github-repo-stats/shared/run-info';

export interface OrderStore {
  order(id: string): Promise<Order | undefined>;
  /** False when there is one of that id. */
  create(order: Order): Promise<boolean>;
  /** How many the scheduler has not carried out yet. */
  due(): Promise<number>;
}

export const orderStore = (runInfo: Container): OrderStore => ({
  order: async (id) => (await readDocument<Order>(runInfo, id, ORDERS))?.document,
  create: (order) => createOnce(runInfo, order),
  async due() {
    const query = `SELECT c.id FROM c WHERE c.type = 'order' AND c.status = 'due'`;
    return (await runInfo.items.query(query, { partitionKey: ORDERS }).fetchAll()).resources.length;
  },
});
