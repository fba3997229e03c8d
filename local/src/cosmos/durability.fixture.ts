/** A server in a process of its own, to be killed: `node durability.fixture.ts <data file>` prints its port. */
import { startCosmos } from './server.ts';

const server = await startCosmos({ dataFile: process.argv[2]! });
process.stdout.write(`${server.port}\n`);
