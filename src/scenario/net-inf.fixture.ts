/** An INF of the shape that vendors ship for a paravirtual network adapter: many keywords with enums, two chips, messages. */

/** A keyword of the Advanced page, as a choice. */
const choice = (keyword: string, label: string, usual: string, others: readonly string[]): string =>
  `HKR, Ndi\\Params\\${keyword},          ParamDesc,  0,  %${label}%
HKR, Ndi\\Params\\${keyword},          Default,    0,  "${usual}"
HKR, Ndi\\Params\\${keyword},          type,       0,  "enum"
${[usual, ...others].map((value) => `HKR, Ndi\\Params\\${keyword}\\enum,     "${value}",   0,  %Choice_${value}%\n`).join('')}`;

/** A keyword that is a number, spelled as the older tools wrote it. */
const number = (keyword: string, usual: string, most: string): string =>
  `HKR, Ndi\\params\\${keyword},  ParamDesc,  0,  "${keyword} & more"
HKR, Ndi\\params\\${keyword},  type,       0,  "int"
HKR, Ndi\\params\\${keyword},  default,    0,  "${usual}"
HKR, Ndi\\params\\${keyword},  min,        0,  "0"
HKR, Ndi\\params\\${keyword},  max,        0,  "${most}"
HKR, Ndi\\params\\${keyword},  step,       0,  "1"
`;

export const NET_INF = `;--------------------------------------------
; Module: a paravirtual adapter = test, only "this"
;--------------------------------------------
[version]\t
Signature   = "$Windows NT$"\t
Class       = Net
CatalogFile = adapter.cat
ClassGUID   = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider=%VENDOR%
DriverVer=01/02/2026,100.0.0.1 ; stamped
PnpLockdown = 1

[Manufacturer]
%VENDOR% = Cards, NTamd64, NTamd64.6.2, NTamd64.10.0, NTamd64.10.0...26100, NTarm64.10.0

[Cards.NTamd64]
%Card.Desc%    = Card7.ndi, PCI\\VEN_1AF4&DEV_1000
[Cards.NTamd64.6.2]
%Card.Desc%    = Card8.ndi, PCI\\VEN_1AF4&DEV_1000
[Cards.NTamd64.10.0]
%Card.Desc%    = Card.ndi, PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00, PCI\\VEN_1AF4&DEV_1000
%Card.Desc%    = Card.ndi, PCI\\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01, PCI\\VEN_1AF4&DEV_1041
[Cards.NTamd64.10.0...26100]
%Card.Desc%    = Card11.ndi, PCI\\VEN_1AF4&DEV_1041
[Cards.NTarm64.10.0]
%Card.Desc%    = CardArm.ndi, PCI\\VEN_1AF4&DEV_1041

[Card.ndi.hw]
Include         = pci.inf
Needs           = PciSomewhere.HW
AddReg          = Card.EnableMSI

[Card.EnableMSI]
;HKR, "Interrupt Management",, 0x00000010
HKR, "Interrupt Management",, 0x00000010
HKR, "Interrupt Management\\MessageSignaledInterruptProperties",, 0x00000010
HKR, "Interrupt Management\\MessageSignaledInterruptProperties", MSISupported, 0x00010001, 1
HKR, "Interrupt Management\\MessageSignaledInterruptProperties", MessageNumberLimit, 0x00010001, 2048
HKR, "Interrupt Management\\Affinity Policy", DevicePolicy, 0x00010001, 0

[Card.ndi]
Characteristics = 0x84 ; physical, with pages
BusType     = 5 ; PCI
AddReg          = Card.Reg, Parameters
CopyFiles       = Card.CopyFiles
Needs           = Card.Common
*IfType         = 6
*MediaType      = 0     ; 802.3
*PhysicalMediaType = 0

[Card.Common]
AddReg          = Card.Queues

[Card.ndi.Services]
AddService      = vcard, 2, Card.Service, Card.EventLog

[Card.Reg]
HKR,    ,                         BusNumber,           0, "0"
HKR, Ndi,                         Service,             0, "vcard"
HKR, Ndi\\Interfaces,              UpperRange,          0, "ndis5"
HKR, Ndi\\Interfaces,              LowerRange,          0, "ethernet"
${choice('*RSS', 'Rss', '1', ['0'])}HKR, Ndi\\Params\\*RSS,  Optional,  0,  "0"

[Card.Queues]
${number('*NumRssQueues', '8', '16')}
[Parameters]
${choice('*PriorityVLANTag', 'Vlan', '3', ['2', '1', '0'])}
${choice('OffLoad.TxChecksum', 'OffLoad.TxChecksum', '31', ['27', '3', '0'])}
${choice('TxCapacity', 'Tx', '1024', ['16', '512'])}
${number('VlanID', '0', '4095')}${number('MTU', '1500', '65500')}
HKR, Ndi\\params\\NetworkAddress,     ParamDesc,  0,  %Address%
HKR, Ndi\\params\\NetworkAddress,     type,       0,  "edit"
HKR, Ndi\\params\\NetworkAddress,     Optional,   0,  "1"

[Card.CopyFiles]
vcard.sys,,,2

[Card.Service]
DisplayName     = %Card.Service%
ServiceType     = 1 ;%SERVICE_KERNEL_DRIVER%
StartType       = 3
ErrorControl    = 1
ServiceBinary   = %12%\\vcard.sys
LoadOrderGroup  = NDIS
AddReg          = Service.Reg

[Card.EventLog]
AddReg = Card.EventLog.Reg

[Card.EventLog.Reg]
HKR, , EventMessageFile, 0x00020000, "%%SystemRoot%%\\System32\\netevent.dll"
HKR, , TypesSupported,   0x00010001, 7

[Service.Reg]
HKR,,TextModeFlags,0x00010001, 0x0001
HKR,Parameters,DisableMSI,,"0"
HKR,Parameters,LogFile,0x00020000,"%%SystemRoot%%\\card.log"

[SourceDisksNames]
1 = %Disk%,,,""

[SourceDisksFiles]
vcard.sys  = 1,,

[DestinationDirs]
Card.CopyFiles = 12

[Strings]
VENDOR = "Example Cards"
Card.Desc        = "Example Paravirtual Adapter"
Card.Service    = "Example Paravirtual Adapter Service"
Disk = "Example Disk #1"
Address = "Assign MAC"
Rss = "Receive Side Scaling"
Vlan = "Priority & VLAN"
OffLoad.TxChecksum = "Offload.Tx.Checksum"
Tx = "Init.MaxTxBuffers";
Choice_0 = "Off"
Choice_1 = "On"
Enable* = "On*"
`;
