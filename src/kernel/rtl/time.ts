/** Calendar and seconds: TIME_FIELDS to and from 100 ns units since 1601. */

import { i16, out, ptr, struct, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const TIME_FIELDS = struct({
  name: 'TIME_FIELDS',
  size: { x64: 16, x86: 16 },
  fields: {
    Year: i16,
    Month: i16,
    Day: i16,
    Hour: i16,
    Minute: i16,
    Second: i16,
    Milliseconds: i16,
    Weekday: i16,
  },
});

const PER_MILLISECOND = 10_000n;
const PER_SECOND = 10_000_000n;
const PER_DAY = 86_400n * PER_SECOND;
/** 1601-01-01 was a Monday. */
const FIRST_WEEKDAY = 1;
const FIRST_YEAR = 1601;
const LAST_YEAR = 30_827;
const SECONDS_1601_TO_1970 = 11_644_473_600n;
const SECONDS_1601_TO_1980 = 11_960_006_400n;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const monthDays = (year: number): readonly number[] => [
  31,
  isLeap(year) ? 29 : 28,
  31,
  30,
  31,
  30,
  31,
  31,
  30,
  31,
  30,
  31,
];

/** Days from 1601-01-01 to the first of a year. */
function daysBefore(year: number): number {
  const y = year - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) - 584_388;
}

function yearOf(days: number): number {
  let year = FIRST_YEAR + Math.floor(days / 365.2425);
  while (daysBefore(year) > days) year--;
  while (daysBefore(year + 1) <= days) year++;
  return year;
}

function toFields(kernel: Kernel, time: bigint, at: Va): void {
  const days = Number(time / PER_DAY);
  const rest = Number((time % PER_DAY) / PER_MILLISECOND);
  const year = yearOf(days);
  let day = days - daysBefore(year);
  const months = monthDays(year);
  let month = 0;
  while (day >= (months[month] ?? 31)) day -= months[month++] ?? 31;
  const fields = TIME_FIELDS.at(kernel.mmu, at);
  fields.Year = year;
  fields.Month = month + 1;
  fields.Day = day + 1;
  fields.Hour = Math.floor(rest / 3_600_000);
  fields.Minute = Math.floor(rest / 60_000) % 60;
  fields.Second = Math.floor(rest / 1000) % 60;
  fields.Milliseconds = rest % 1000;
  fields.Weekday = (days + FIRST_WEEKDAY) % 7;
}

function fromFields(kernel: Kernel, at: Va): bigint | undefined {
  const { Year, Month, Day, Hour, Minute, Second, Milliseconds } = TIME_FIELDS.at(kernel.mmu, at);
  const length = monthDays(Year)[Month - 1];
  const inRange =
    length !== undefined &&
    Year >= FIRST_YEAR &&
    Year <= LAST_YEAR &&
    within(Day, 1, length) &&
    within(Hour, 0, 23) &&
    within(Minute, 0, 59) &&
    within(Second, 0, 59) &&
    within(Milliseconds, 0, 999);
  if (!inRange) return undefined;
  const before = monthDays(Year)
    .slice(0, Month - 1)
    .reduce((sum, days) => sum + days, 0);
  const days = daysBefore(Year) + before + Day - 1;
  const milliseconds = ((Hour * 60 + Minute) * 60 + Second) * 1000 + Milliseconds;
  return BigInt(days) * PER_DAY + BigInt(milliseconds) * PER_MILLISECOND;
}

const within = (value: number, low: number, high: number): boolean => value >= low && value <= high;

const RtlTimeToTimeFields = service({
  name: 'RtlTimeToTimeFields',
  doc: 'wdm/nf-wdm-rtltimetotimefields',
  params: { Time: ptr('LARGE_INTEGER'), TimeFields: ptr('TIME_FIELDS') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Time, TimeFields }) => toFields(kernel, kernel.mmu.u64(Time), TimeFields),
});

const RtlTimeFieldsToTime = service({
  name: 'RtlTimeFieldsToTime',
  doc: 'wdm/nf-wdm-rtltimefieldstotime',
  params: { TimeFields: ptr('TIME_FIELDS'), Time: out('LARGE_INTEGER') },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run(kernel, { TimeFields, Time }) {
    const time = fromFields(kernel, TimeFields);
    if (time === undefined) return false;
    kernel.mmu.write(Time, 8, time);
    return true;
  },
});

/** FALSE when the moment lies outside the 32 bits of seconds. */
const toSeconds = (name: string, epoch: bigint): Service =>
  service({
    name,
    doc: `ntifs/nf-ntifs-${name.toLowerCase()}`,
    params: { Time: ptr('LARGE_INTEGER'), ElapsedSeconds: ptr('ULONG') },
    returns: 'bool',
    maxIrql: APC_LEVEL,
    run(kernel, { Time, ElapsedSeconds }) {
      const seconds = kernel.mmu.u64(Time) / PER_SECOND - epoch;
      if (seconds < 0n || seconds > 0xffff_ffffn) return false;
      kernel.mmu.write(ElapsedSeconds, 4, seconds);
      return true;
    },
  });

const fromSeconds = (name: string, epoch: bigint): Service =>
  service({
    name,
    doc: `ntifs/nf-ntifs-${name.toLowerCase()}`,
    params: { ElapsedSeconds: u32, Time: out('LARGE_INTEGER') },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, { ElapsedSeconds, Time }) =>
      kernel.mmu.write(Time, 8, (BigInt(ElapsedSeconds) + epoch) * PER_SECOND),
  });

export const timeServices: readonly Service[] = [
  RtlTimeToTimeFields,
  RtlTimeFieldsToTime,
  toSeconds('RtlTimeToSecondsSince1970', SECONDS_1601_TO_1970),
  toSeconds('RtlTimeToSecondsSince1980', SECONDS_1601_TO_1980),
  fromSeconds('RtlSecondsSince1970ToTime', SECONDS_1601_TO_1970),
  fromSeconds('RtlSecondsSince1980ToTime', SECONDS_1601_TO_1980),
];
