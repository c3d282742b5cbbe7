/** Drivers that call services to do their worst: each run ends soon, with its own exit code and one verdict. */
import type { Assembler } from './hand-made.suite.ts';
import { BUDGET_ENDED, bugCheck, type Hostile, testHostile } from './hostile.suite.ts';

/** For loops of service calls, which cost more than instructions do. */
const BUDGET = ['--max-instructions', '2000000'];
const GIGABYTE = 1n << 30n;
const FOREVER = -1n;
const NON_CANONICAL = 0x8000_0000_0000n;

/** Calls the service with these arguments again and again. */
const forever =
  (service: string, ...values: readonly bigint[]) =>
  (code: Assembler) => {
    code.enter().label('again');
    values.forEach((value, index) => {
      code.argument(index, value);
    });
    return code.callService(service).jump('again');
  };

const mapping = (length: bigint) => (code: Assembler) =>
  code
    .enter()
    .argument(0, 0xfeb0_0000n)
    .argument(1, length)
    .argument(2, 0n)
    .callService('MmMapIoSpace');

/** PsCreateSystemThread of `routine`. */
const createThread = (code: Assembler) =>
  code
    .lea('rcx', 'data handle')
    .argument(1, 0x1f_ffffn)
    .argument(2, 0n)
    .argument(3, 0n)
    .argument(4, 0n)
    .lea('rax', 'routine')
    .raw('48 89 44 24 28')
    .raw('48 c7 44 24 30 00 00 00 00')
    .callService('PsCreateSystemThread');

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

const SERVICES: readonly Hostile[] = [
  {
    name: 'a mapping of nothing',
    write: (code) => mapping(0n)(code).leave(),
    exitCode: 1,
    says: /WDM-MAP-LENGTH/,
  },
  {
    name: 'a mapping of a gigabyte',
    write: (code) => mapping(GIGABYTE)(code).leave(),
    exitCode: 1,
    says: /Verdict/,
  },
  ...[1n << 40n, 1n << 47n, 1n << 63n, FOREVER].map((length) => ({
    name: `a mapping of ${BigInt.asUintN(64, length)} bytes`,
    write: (code: Assembler) => mapping(length)(code).leave(),
    exitCode: 0,
    says: /no device memory was mapped/,
  })),
  {
    name: 'a gigabyte of pool',
    write: (code) =>
      code
        .enter()
        .argument(0, 512n)
        .argument(1, GIGABYTE)
        .argument(2, 0x7473_6554n)
        .callService('ExAllocatePoolWithTag')
        .raw('48 85 c0')
        .jumpIfNotZero('wrong')
        .leave()
        .label('wrong')
        .raw('0f 0b'),
    exitCode: 3,
    says: /no device started/,
  },
  {
    name: 'pool without end',
    write: forever('ExAllocatePoolWithTag', 512n, 0x1000n, 0x7473_6554n),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'pool in pieces without end',
    write: forever('ExAllocatePoolWithTag', 512n, 1n, 0x7473_6554n),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'mappings without end',
    write: forever('MmMapIoSpace', 0xfeb0_0000n, 0x1000n, 0n),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'large mappings without end',
    write: forever('MmMapIoSpace', 0xfeb0_0000n, 0x1000_0000n, 0n),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'system threads without end',
    write: (code) =>
      createThread(code.enter().label('again')).jump('again').label('routine').jump('routine'),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a thousand system threads that end',
    write: (code) =>
      createThread(code.enter().raw('bb e8 03 00 00').label('again'))
        .raw('ff cb')
        .jumpIfNotZero('again')
        .leave()
        .label('routine')
        .enter()
        .argument(0, 0n)
        .callService('PsTerminateSystemThread'),
    exitCode: 3,
    says: /no device started/,
  },
  {
    name: 'a fill of a gigabyte of device memory',
    write: (code) =>
      mapping(GIGABYTE)(code)
        .raw('48 89 c1')
        .argument(1, GIGABYTE)
        .argument(2, 0xffn)
        .callService('RtlFillMemory')
        .leave(),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a stall of an hour',
    write: forever('KeStallExecutionProcessor', 3_600_000_000n),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a message with hostile formats',
    write: (code) =>
      code
        .enter()
        .lea('rcx', 'format')
        .argument(1, -1n)
        .argument(2, 0x7fff_ffffn)
        .argument(3, NON_CANONICAL)
        .callService('DbgPrint')
        .leave()
        .label('format')
        .raw(hexOf('%999999999d %*d %wZ %s %n %hhlZ %\0')),
    exitCode: 3,
    says: /no device started/,
  },
  {
    name: 'a DPC that queues itself for ever',
    write: (code) =>
      code
        .enter()
        .lea('rcx', 'data dpc')
        .lea('rdx', 'routine')
        .argument(2, 0n)
        .callService('KeInitializeDpc')
        .lea('rcx', 'data dpc')
        .callService('KeInsertQueueDpc')
        .leave()
        .label('routine')
        .enter()
        .lea('rcx', 'data dpc')
        .callService('KeInsertQueueDpc')
        .leave(),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a timer that sets itself at once for ever',
    write: (code) =>
      code
        .enter()
        .lea('rcx', 'data timer')
        .callService('KeInitializeTimer')
        .lea('rcx', 'data dpc')
        .lea('rdx', 'routine')
        .argument(2, 0n)
        .callService('KeInitializeDpc')
        .call('routine')
        .label('wait')
        .jump('wait')
        .label('routine')
        .enter()
        .lea('rcx', 'data timer')
        .argument(1, FOREVER)
        .lea('r8', 'data dpc')
        .callService('KeSetTimer')
        .leave(),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a periodic timer, and a wait that nothing ends',
    write: (code) =>
      code
        .enter()
        .lea('rcx', 'data timer')
        .callService('KeInitializeTimer')
        .lea('rcx', 'data timer')
        .argument(1, FOREVER)
        .argument(2, 1n)
        .argument(3, 0n)
        .callService('KeSetTimerEx')
        .lea('rcx', 'data event')
        .argument(1, 0n)
        .argument(2, 0n)
        .callService('KeInitializeEvent')
        .lea('rcx', 'data event')
        .argument(1, 0n)
        .argument(2, 0n)
        .argument(3, 0n)
        .argument(4, 0n)
        .callService('KeWaitForSingleObject')
        .leave(),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'waiting for ever',
    write: (code) => {
      code.enter().mov('rax', -10_000_000n).lea('rcx', 'data delay').raw('48 89 01').label('again');
      return code
        .argument(0, 0n)
        .argument(1, 0n)
        .lea('r8', 'data delay')
        .callService('KeDelayExecutionThread')
        .jump('again');
    },
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'a bug check of its own',
    write: (code) => code.enter().argument(0, 0xe2n).callService('KeBugCheck').leave(),
    exitCode: 1,
    says: bugCheck('e2'),
  },
  {
    name: 'a service of a DLL that nobody knows',
    image: { dll: 'mystery.sys' },
    write: (code) => code.enter().callService('DoMystery').leave(),
    exitCode: 3,
    says: /DoMystery/,
  },
  {
    name: 'an import of an unknown DLL that it never calls',
    image: { dll: 'mystery.sys' },
    write: (code) => code.lea('rax', 'import DoMystery').enter().leave(),
    exitCode: 3,
    says: /no device started/,
  },
  {
    name: 'a message without end',
    write: (code) =>
      code.enter().label('again').lea('rcx', 'again').callService('DbgPrint').jump('again'),
    options: BUDGET,
    exitCode: 3,
    says: BUDGET_ENDED,
  },
];

testHostile(SERVICES);
