/** Drivers whose code does its worst: each run ends soon, with its own exit code and one verdict. */
import type { Assembler } from './hand-made.suite.ts';
import { BUDGET_ENDED, bugCheck, type Hostile, testHostile } from './hostile.suite.ts';

const NON_CANONICAL = 0x8000_0000_0000n;

const jumpTo = (address: bigint) => (code: Assembler) =>
  code.enter().mov('rax', address).raw('ff e0');

/** mov [rax], rax */
const writeAt = (address: bigint) => (code: Assembler) =>
  code.enter().mov('rax', address).raw('48 89 00').leave();

const CONTROL_FLOW: readonly Hostile[] = [
  {
    name: 'an entry that loops for ever',
    write: (code) => code.label('again').jump('again'),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'an entry that loops for ever with interrupts off',
    write: (code) => code.raw('fa').label('again').jump('again'),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'an entry that recurses without end',
    write: (code) => code.label('again').call('again'),
    exitCode: 1,
    says: bugCheck('7f'),
  },
  {
    name: 'an entry that takes all stack in one step',
    write: (code) => code.raw('48 81 ec 00 00 00 40 50'),
    exitCode: 1,
    says: bugCheck('7f'),
  },
  {
    name: 'an entry without a stack',
    write: (code) => code.mov('rsp', 0n).raw('50'),
    exitCode: 1,
    says: bugCheck('7f'),
  },
  { name: 'a jump to 0', write: jumpTo(0n), exitCode: 1, says: /bug check/ },
  {
    name: 'a jump to an address that is not canonical',
    write: jumpTo(NON_CANONICAL),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'a jump to the last address',
    write: jumpTo(0xffff_ffff_ffff_ffffn),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'a jump into data',
    write: (code) => code.enter().lea('rax', 'data code').raw('ff e0'),
    exitCode: 1,
    says: bugCheck('fc'),
  },
  {
    name: 'a return to nowhere',
    write: (code) => code.raw('48 31 c0 48 89 04 24 c3'),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'code that runs on past its section',
    write: (code) => code.raw('90'),
    exitCode: 1,
    says: /bug check/,
  },
];

const INSTRUCTIONS: readonly Hostile[] = [
  { name: 'HLT', write: (code) => code.enter().raw('f4').leave(), exitCode: 3, says: BUDGET_ENDED },
  {
    name: 'HLT with interrupts off',
    write: (code) => code.enter().raw('fa f4').leave(),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  { name: 'UD2', write: (code) => code.raw('0f 0b'), exitCode: 1, says: /bug check/ },
  {
    name: 'an instruction that does not exist',
    write: (code) => code.raw('06'),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'an instruction that is too long',
    write: (code) => code.raw('66'.repeat(16)).raw('90'),
    exitCode: 1,
    says: /bug check/,
  },
  { name: 'INT3', write: (code) => code.raw('cc'), exitCode: 1, says: /bug check/ },
  { name: 'INT 80h', write: (code) => code.raw('cd 80'), exitCode: 1, says: /bug check/ },
  {
    name: 'a division by zero',
    write: (code) => code.raw('31 c9 f7 f1'),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'a load of CR3',
    write: (code) => code.enter().raw('31 c0 0f 22 d8').leave(),
    exitCode: 3,
    says: /not modelled/,
  },
  {
    name: 'a fast fail',
    write: (code) => code.mov('rcx', 2n).raw('cd 29'),
    exitCode: 1,
    says: bugCheck('139'),
  },
];

const MEMORY: readonly Hostile[] = [
  { name: 'a write to 0', write: writeAt(0n), exitCode: 1, says: /bug check/ },
  {
    name: 'a write to an address that is not canonical',
    write: writeAt(NON_CANONICAL),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'a write to its own code',
    write: (code) => code.enter().lea('rax', 'self').label('self').raw('48 89 00').leave(),
    exitCode: 1,
    says: bugCheck('be'),
  },
  {
    name: 'a write to the import address table',
    write: (code) => code.enter().lea('rax', 'import DbgPrint').raw('48 89 00').leave(),
    exitCode: 1,
    says: bugCheck('be'),
  },
  {
    name: 'a wild import address',
    image: { isAllWritable: true },
    write: (code) =>
      code
        .enter()
        .lea('rax', 'import DbgPrint')
        .raw('48 c7 00 78 56 34 12')
        .callService('DbgPrint')
        .leave(),
    exitCode: 1,
    says: /bug check/,
  },
  {
    name: 'code that changes itself for ever',
    image: { isAllWritable: true },
    write: (code) =>
      code
        .enter()
        .lea('rax', 'self')
        .label('again')
        .label('self')
        .raw('83 c1 01 80 40 02 01')
        .jump('again'),
    exitCode: 3,
    says: BUDGET_ENDED,
  },
  {
    name: 'noise over all of RAM, page tables too',
    options: ['--max-instructions', '200000000'],
    write: (code) =>
      code
        .enter()
        .argument(0, 0n)
        .argument(1, 0x800_0000n)
        .argument(2, 1n)
        .callService('MmMapIoSpace')
        .raw('48 89 c7')
        .mov('rcx', 0x800_0000n)
        .mov('rax', 0xa5n)
        .raw('f3 aa')
        .leave(),
    exitCode: 1,
    says: /bug check|finding/,
  },
];

testHostile([...CONTROL_FLOW, ...INSTRUCTIONS, ...MEMORY]);
