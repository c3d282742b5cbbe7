/**
 * Functions with their unwind data, as `llvm-mc --triple=x86_64-pc-windows-msvc` 14 assembled them from
 * these instructions and `.seh_` directives; the `_v2` data is by hand ("x64 exception handling").
 * A heading is `name | UNWIND_INFO without what follows the codes`, `name < primary` a chained function;
 * lines below are `bytes | instruction`, and lie one behind the other from RVA 0x1000.
 */
export const LISTING = `
pushes | 01080400 08520430 03c00160
56 | push rsi
4154 | push r12
53 | push rbx
4883ec30 | sub rsp, 48
31f6 | xor esi, esi
4531e4 | xor r12d, r12d
e860010000 | call 0x172
4883c430 | add rsp, 48
5b | pop rbx
415c | pop r12
5e | pop rsi
c3 | ret
xmm_saves | 010f0500 0ff80200 09680300 04820000
4883ec48 | sub rsp, 72
0f29742430 | movaps [rsp + 48], xmm6
440f297c2420 | movaps [rsp + 32], xmm15
0f57f6 | xorps xmm6, xmm6
450f57ff | xorps xmm15, xmm15
440f287c2420 | movaps xmm15, [rsp + 32]
0f28742430 | movaps xmm6, [rsp + 48]
4883c448 | add rsp, 72
c3 | ret
frame8 | 010b0425 0b030662 02700150
55 | push rbp
57 | push rdi
4883ec38 | sub rsp, 56
488d6c2420 | lea rbp, [rsp + 32]
31ff | xor edi, edi
4881ec00100000 | sub rsp, 4096
e818010000 | call 0x172
488d6518 | lea rsp, [rbp + 24]
5f | pop rdi
5d | pop rbp
c3 | ret
frame32_r13 | 0111048d 11030901 000202d0
4155 | push r13
4881ec00100000 | sub rsp, 4096
4c8dac2480000000 | lea r13, [rsp + 128]
4881ec00020000 | sub rsp, 512
e8f4000000 | call 0x172
498da5800f0000 | lea rsp, [r13 + 3968]
415d | pop r13
c3 | ret
large16 | 01080300 0801fc01 01600000
56 | push rsi
4881ece00f0000 | sub rsp, 4064
31f6 | xor esi, esi
4881c4e00f0000 | add rsp, 4064
5e | pop rsi
c21000 | ret 16
large32 | 01070300 07112800 09000000
4881ec28000900 | sub rsp, 589864
e8c9000000 | call 0x172
4881c428000900 | add rsp, 589864
c3 | ret
home_saves | 010f0600 0f540700 0f340600 0f320b70
48895c2408 | mov [rsp + 8], rbx
48896c2410 | mov [rsp + 16], rbp
57 | push rdi
4883ec20 | sub rsp, 32
31db | xor ebx, ebx
31ed | xor ebp, ebp
31ff | xor edi, edi
488b6c2438 | mov rbp, [rsp + 56]
488b5c2430 | mov rbx, [rsp + 48]
4883c420 | add rsp, 32
5f | pop rdi
c3 | ret
far_saves | 01180900 18990000 18000ff5 00001000 07110800 20000000
4881ec08002000 | sub rsp, 2097160
4c89bc2400001000 | mov [rsp + 1048576], r15
440f298c2400001800 | movaps [rsp + 1572864], xmm9
4531ff | xor r15d, r15d
450f57c9 | xorps xmm9, xmm9
440f288c2400001800 | movaps xmm9, [rsp + 1572864]
4c8bbc2400001000 | mov r15, [rsp + 1048576]
4881c408002000 | add rsp, 2097160
c3 | ret
tail_jump | 01050200 05320130
53 | push rbx
4883ec20 | sub rsp, 32
31db | xor ebx, ebx
4883c420 | add rsp, 32
5b | pop rbx
eb56 | jmp 0x172
tail_indirect | 01050200 05320130
53 | push rbx
4883ec20 | sub rsp, 32
31db | xor ebx, ebx
4883c420 | add rsp, 32
5b | pop rbx
48ffe0 | jmp rax
rep_ret | 01040100 04420000
4883ec28 | sub rsp, 40
e83e000000 | call 0x172
4883c428 | add rsp, 40
f3c3 | rep ret
primary | 01050200 05520160
56 | push rsi
4883ec30 | sub rsp, 48
31f6 | xor esi, esi
eb06 | jmp 0x149
4883c430 | add rsp, 48
5e | pop rsi
c3 | ret
fragment < primary | 21050200 05740400
48897c2420 | mov [rsp + 32], rdi
31ff | xor edi, edi
e81d000000 | call 0x172
488b7c2420 | mov rdi, [rsp + 32]
ebe7 | jmp 0x143
handled | 190a0325 0a030532 01500000
55 | push rbp
4883ec20 | sub rsp, 32
488d6c2420 | lea rbp, [rsp + 32]
e807000000 | call 0x172
90 | nop
4883c420 | add rsp, 32
5d | pop rbp
c3 | ret
elsewhere
c3 | ret
machine | 01050300 05720150 001a0000
55 | push rbp
4883ec40 | sub rsp, 64
e8f5ffffff | call 0x172
pushes_v2 | 02080600 05160006 08520430 03c00160
56 | push rsi
4154 | push r12
53 | push rbx
4883ec30 | sub rsp, 48
31f6 | xor esi, esi
4531e4 | xor r12d, r12d
4883c430 | add rsp, 48
5b | pop rbx
415c | pop r12
5e | pop rsi
c3 | ret
early_epilogue_v2 | 02050400 02060406 05320160
56 | push rsi
4883ec20 | sub rsp, 32
31f6 | xor esi, esi
4883c420 | add rsp, 32
5e | pop rsi
c3 | ret
90 | nop
90 | nop
`;
