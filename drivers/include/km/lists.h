/* Doubly and singly linked lists, inline as in Windows headers. */
#pragma once

FORCEINLINE VOID InitializeListHead(PLIST_ENTRY Head) { Head->Flink = Head->Blink = Head; }

FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *Head) { return Head->Flink == Head; }

FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry) {
  PLIST_ENTRY next = Entry->Flink;
  PLIST_ENTRY previous = Entry->Blink;
  if (next->Blink != Entry || previous->Flink != Entry) RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY);
  previous->Flink = next;
  next->Blink = previous;
  return next == previous;
}

FORCEINLINE VOID KmLinkBetween(PLIST_ENTRY Entry, PLIST_ENTRY Previous, PLIST_ENTRY Next) {
  if (Next->Blink != Previous || Previous->Flink != Next) RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY);
  Entry->Flink = Next;
  Entry->Blink = Previous;
  Next->Blink = Entry;
  Previous->Flink = Entry;
}

FORCEINLINE VOID InsertHeadList(PLIST_ENTRY Head, PLIST_ENTRY Entry) { KmLinkBetween(Entry, Head, Head->Flink); }

FORCEINLINE VOID InsertTailList(PLIST_ENTRY Head, PLIST_ENTRY Entry) { KmLinkBetween(Entry, Head->Blink, Head); }

FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY Head) {
  PLIST_ENTRY entry = Head->Flink;
  RemoveEntryList(entry);
  return entry;
}

FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY Head) {
  PLIST_ENTRY entry = Head->Blink;
  RemoveEntryList(entry);
  return entry;
}

FORCEINLINE VOID PushEntryList(PSINGLE_LIST_ENTRY Head, PSINGLE_LIST_ENTRY Entry) {
  Entry->Next = Head->Next;
  Head->Next = Entry;
}

FORCEINLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY Head) {
  PSINGLE_LIST_ENTRY first = Head->Next;
  if (first != NULL) Head->Next = first->Next;
  return first;
}
