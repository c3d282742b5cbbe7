import { deviceSuite } from './device.suite.ts';
import { DEVICES } from './registry.ts';

for (const model of DEVICES) deviceSuite(model);
