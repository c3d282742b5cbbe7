/* Registers and control codes of QEMU's educational PCI device, and the state this driver keeps for one of them. */
#pragma once

#include <wdm.h>

#define INIT_CODE __declspec(code_seg("INIT"))
#define PAGE_CODE __declspec(code_seg("PAGE"))

/* QEMU, docs/specs/edu.rst */
#define EDU_BAR_LENGTH 0x100000
#define EDU_REG_ID 0x00
#define EDU_REG_LIVENESS 0x04
#define EDU_REG_FACTORIAL 0x08
#define EDU_REG_STATUS 0x20
#define EDU_REG_INTERRUPT_STATUS 0x24
#define EDU_REG_INTERRUPT_RAISE 0x60
#define EDU_REG_INTERRUPT_ACK 0x64
#define EDU_REG_DMA_SOURCE 0x80
#define EDU_REG_DMA_DESTINATION 0x88
#define EDU_REG_DMA_COUNT 0x90
#define EDU_REG_DMA_COMMAND 0x98
#define EDU_ID_MAGIC 0xed
#define EDU_STATUS_COMPUTING 0x01
#define EDU_STATUS_INTERRUPT 0x80
#define EDU_DMA_START 0x1
#define EDU_DMA_FROM_DEVICE 0x2
#define EDU_DMA_INTERRUPT 0x4
#define EDU_DMA_BUFFER 0x40000
#define EDU_DMA_LENGTH 4096
#define EDU_DMA_ADDRESS_BITS 28
#define EDU_INTERRUPT_FACTORIAL 0x001
#define EDU_INTERRUPT_DMA 0x100

#define EDU_CODE(function, method, access) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, access)
#define IOCTL_EDU_ID EDU_CODE(0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
#define IOCTL_EDU_LIVENESS EDU_CODE(0x801, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define IOCTL_EDU_FACTORIAL EDU_CODE(0x802, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define IOCTL_EDU_DMA_COPY EDU_CODE(0x803, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define IOCTL_EDU_INVERT EDU_CODE(0x804, METHOD_NEITHER, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

typedef enum _EDU_STATE {
  EduNotStarted,
  EduStarted,
  EduStopPending,
  EduStopped,
  EduSurpriseRemoved,
  EduRemoved,
} EDU_STATE;

typedef struct _EDU_DEVICE {
  PDEVICE_OBJECT Self;
  PDEVICE_OBJECT Physical;
  PDEVICE_OBJECT Lower;
  IO_REMOVE_LOCK RemoveLock;
  UNICODE_STRING Interface;

  /* Gate admits one request at a time and guards State, Resumed and everything below that touches the device. */
  KMUTEX Gate;
  EDU_STATE State;
  DEVICE_POWER_STATE Power;
  DEVICE_POWER_STATE PowerForSystem[PowerSystemMaximum];

  /* Requests that came while the device was stopped or asleep. */
  IO_CSQ Held;
  LIST_ENTRY HeldList;
  KSPIN_LOCK HeldLock;
  PIO_WORKITEM ResumeItem;
  LONG ResumeQueued;

  PUCHAR Registers;
  SIZE_T RegisterLength;
  PKINTERRUPT Interrupt;
  PIO_INTERRUPT_MESSAGE_INFO Messages;
  KDPC Dpc;
  LONG PendingInterrupts;
  KEVENT FactorialDone;
  KEVENT DmaDone;

  PDMA_ADAPTER DmaAdapter;
  PVOID DmaBuffer;
  PHYSICAL_ADDRESS DmaAddress;
} EDU_DEVICE, *PEDU_DEVICE;

NTSTATUS EduComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
NTSTATUS EduForward(PEDU_DEVICE Device, PIRP Irp);
NTSTATUS EduForwardAndWait(PEDU_DEVICE Device, PIRP Irp);

DRIVER_DISPATCH EduPnp;
DRIVER_DISPATCH EduPower;
DRIVER_DISPATCH EduRequest;

NTSTATUS EduAcquireResources(PEDU_DEVICE Device, PCM_RESOURCE_LIST Translated);
VOID EduReleaseResources(PEDU_DEVICE Device, BOOLEAN Present);
VOID EduQuiet(PEDU_DEVICE Device);

ULONG EduReadRegister(PEDU_DEVICE Device, ULONG Offset);
ULONG EduLiveness(PEDU_DEVICE Device, ULONG Value);
NTSTATUS EduFactorial(PEDU_DEVICE Device, ULONG Value, PULONG Result);
NTSTATUS EduDma(PEDU_DEVICE Device, ULONG Offset, ULONG Length, BOOLEAN FromDevice);
KSERVICE_ROUTINE EduInterrupt;
KMESSAGE_SERVICE_ROUTINE EduMessageInterrupt;
KDEFERRED_ROUTINE EduDpc;

VOID EduQueueInitialize(PEDU_DEVICE Device);
VOID EduLock(PEDU_DEVICE Device);
VOID EduUnlock(PEDU_DEVICE Device);
VOID EduResume(PEDU_DEVICE Device);
VOID EduFailHeld(PEDU_DEVICE Device, PFILE_OBJECT File, NTSTATUS Status);
NTSTATUS EduServe(PEDU_DEVICE Device, PIRP Irp);
