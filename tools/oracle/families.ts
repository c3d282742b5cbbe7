/** What is recorded: mnemonics by the file their vectors go to. */

const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
const each = (prefix: string): string => CONDITIONS.map((c) => prefix + c).join(' ');

const LISTS = {
  move: `Mov Movzx Movsx Movsxd Xchg Bswap Movbe Movnti Lea Xlatb Cbw Cwde Cdqe Cwd Cdq Cqo
    ${each('Cmov')} ${each('Set')}`,
  arithmetic: 'Add Adc Sub Sbb Cmp Inc Dec Neg Xadd Cmpxchg Cmpxchg8b Cmpxchg16b',
  logic: 'And Or Xor Test Not',
  shift: 'Rol Ror Rcl Rcr Shl Shr Sar Sal Shld Shrd',
  bit: 'Bt Bts Btr Btc Bsf Bsr Tzcnt Lzcnt Popcnt',
  multiply: 'Mul Imul Div Idiv',
  control: `Call Ret Jmp Loop Loope Loopne Jecxz Jrcxz ${each('J')}
    Push Pop Pushf Pushfq Popf Popfq Enter Leave`,
  flags: `Clc Stc Cmc Cld Std Lahf Sahf Nop Pause Lfence Mfence Sfence
    Prefetchnta Prefetcht0 Prefetcht1 Prefetcht2 Prefetchw Ud2 Ldmxcsr Stmxcsr`,
  string: `Movsb Movsw Movsd Movsq Stosb Stosw Stosd Stosq Lodsb Lodsw Lodsd Lodsq
    Scasb Scasw Scasd Scasq Cmpsb Cmpsw Cmpsd Cmpsq`,
  'sse-move': `Movaps Movapd Movups Movupd Movdqa Movdqu Movd Movq Movss Movsd Movlps Movlpd
    Movhps Movhpd Movlhps Movhlps Movntps Movntpd Movntdq Movntdqa Lddqu Movmskps Movmskpd Pmovmskb
    Maskmovdqu Movddup Movsldup Movshdup Unpcklps Unpcklpd Unpckhps Unpckhpd Shufps Shufpd
    Pshufd Pshuflw Pshufhw Pextrw Pinsrw Punpcklbw Punpcklwd Punpckldq Punpcklqdq
    Punpckhbw Punpckhwd Punpckhdq Punpckhqdq Packsswb Packssdw Packuswb`,
  'sse-integer': `Paddb Paddw Paddd Paddq Paddsb Paddsw Paddusb Paddusw Psubb Psubw Psubd Psubq
    Psubsb Psubsw Psubusb Psubusw Pand Pandn Por Pxor Andps Andpd Andnps Andnpd Orps Orpd Xorps Xorpd
    Pcmpeqb Pcmpeqw Pcmpeqd Pcmpgtb Pcmpgtw Pcmpgtd Psllw Pslld Psllq Psrlw Psrld Psrlq Psraw Psrad
    Pslldq Psrldq Pmullw Pmulhw Pmulhuw Pmuludq Pmaddwd Psadbw Pavgb Pavgw Pminub Pminsw Pmaxub Pmaxsw`,
  'sse-float': `Addss Addsd Addps Addpd Subss Subsd Subps Subpd Mulss Mulsd Mulps Mulpd
    Divss Divsd Divps Divpd Sqrtss Sqrtsd Sqrtps Sqrtpd Minss Minsd Minps Minpd Maxss Maxsd Maxps Maxpd
    Comiss Comisd Ucomiss Ucomisd Cmpss Cmpsd Cmpps Cmppd Cvtsi2ss Cvtsi2sd Cvtss2si Cvtsd2si
    Cvttss2si Cvttsd2si Cvtss2sd Cvtsd2ss Cvtps2pd Cvtpd2ps Cvtdq2ps Cvtdq2pd Cvtps2dq Cvttps2dq
    Cvtpd2dq Cvttpd2dq`,
  optional: `Andn Bextr Blsi Blsmsk Blsr Bzhi Mulx Pdep Pext Rorx Sarx Shlx Shrx Adcx Adox Crc32
    Pshufb Pabsb Pabsw Pabsd Palignr Pmulld Pminsd Pmaxsd Pminud Pmaxud Pminuw Pmaxuw Pminsb Pmaxsb
    Pcmpeqq Pcmpgtq Ptest Pextrb Pextrd Pextrq Pinsrb Pinsrd Pinsrq Phaddw Phaddd
    Pmovzxbw Pmovzxbd Pmovzxbq Pmovzxwd Pmovzxwq Pmovzxdq Pmovsxbw Pmovsxbd Pmovsxbq
    Pmovsxwd Pmovsxwq Pmovsxdq Pblendw Packusdw Pmuldq Pmaddubsw Pmulhrsw Psignb Psignw Psignd`,
} as const;

export type Topic = keyof typeof LISTS;

/** Both a string and an SSE mnemonic; the form decides. */
export const AMBIGUOUS = new Set(['Movsd', 'Cmpsd']);

export const TOPICS: ReadonlyMap<Topic, ReadonlySet<string>> = new Map(
  Object.entries(LISTS).map(([topic, list]) => [topic as Topic, new Set(list.split(/\s+/))]),
);

/** Run with the status flags in every combination that they tell apart. */
export const isConditional = (mnemonic: string): boolean =>
  CONDITIONS.some((c) => [`Cmov${c}`, `Set${c}`, `J${c}`].includes(mnemonic));

export const isShift = (mnemonic: string): boolean =>
  ['Rol', 'Ror', 'Rcl', 'Rcr', 'Shl', 'Shr', 'Sar', 'Sal', 'Shld', 'Shrd'].includes(mnemonic);
export const isBitTest = (mnemonic: string): boolean =>
  ['Bt', 'Bts', 'Btr', 'Btc'].includes(mnemonic);
export const isDivision = (mnemonic: string): boolean => ['Div', 'Idiv'].includes(mnemonic);
