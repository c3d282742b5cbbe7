/** `iospace devices`: the virtual hardware there is, and one device in full. */
import type { DeviceModel } from '../devices/device.ts';
import { indent, type Paint, table } from '../report/paint.ts';
import { EXIT } from '../report/verdict.ts';
import { hex } from '../units/address.ts';
import { chosenDevice, namedDevice } from './chosen-device.ts';
import type { Command } from './command.ts';

export const devicesCommand: Command = {
  name: 'devices',
  operands: { least: 0, most: 1, name: 'NAME|FILE' },
  summary: 'the virtual hardware there is, or one device in full, one of your own too',
  options: [],
  async run(args, io) {
    const [name] = args.operands;
    if (name === undefined) {
      const { DEVICES } = await import('../devices/registry.ts');
      const rows = DEVICES.map((model) => [model.name, pciId(model), model.summary]);
      const columns = [{ title: 'device', style: () => io.paint.bold }, { title: 'PCI' }];
      io.out(lines(table([...columns, { title: 'what it is' }], rows, io.paint)));
    } else {
      const device = (await chosenDevice(name)) ?? (await namedDevice(name));
      io.out(lines(described(device, io.paint)));
    }
    return EXIT.clean;
  },
};

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0');
const pciId = ({ identity }: DeviceModel): string =>
  `${digits(identity.vendorId, 4)}:${digits(identity.deviceId, 4)}`;

function described(model: DeviceModel, paint: Paint): string[] {
  const { bars, lineInterrupt, msi, msix } = model.functionSpec(model.name);
  const facts = [
    ['PCI', `${pciId(model)}, class ${digits(model.identity.classCode, 6)}`],
    ['follows', model.spec],
    ['interrupt line', lineInterrupt ?? 'none'],
    ['MSI messages', String(msi?.messages ?? 'none')],
    ['MSI-X messages', String(msix?.messages ?? 'none')],
  ];
  const ranges = bars.flatMap(({ index, space, size, bits, backing }) => {
    const registers = model.registers.get(index) ?? [];
    const title = `BAR ${index}: ${hex(size)} bytes of ${backing === 'ram' ? 'RAM' : space}, ${bits}-bit`;
    return [
      '',
      paint.bold(title),
      ...indent(registers.length === 0 ? [] : rowsOf(registers, paint)),
    ];
  });
  return [
    `${paint.bold(model.name)}  ${model.summary}`,
    ...indent(table([{ title: '', style: () => paint.dim }, { title: '' }], facts, paint)),
    ...ranges,
  ];
}

type Registers = Exclude<ReturnType<DeviceModel['registers']['get']>, undefined>;

function rowsOf(registers: Registers, paint: Paint): string[] {
  const columns = ['register', 'at', 'bytes', 'access', 'reset', 'what it is'];
  const rows = registers.map(({ name, at, size, access, reset, summary, count }) => [
    count === undefined ? name : `${name}[${count}]`,
    hex(at),
    String(size),
    access,
    hex(reset ?? 0),
    summary ?? '',
  ]);
  return table(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}
