/* The source annotations of Windows headers, all empty here. */
#pragma once

#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _Inout_
#define _Inout_opt_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Reserved_
#define _Const_
#define _Notnull_
#define _Null_terminated_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Must_inspect_result_
#define _Check_return_
#define _Use_decl_annotations_
#define _Dispatch_type_(type)
#define _Function_class_(class)
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _In_range_(low, high)
#define _Inout_updates_(n)
#define _Inout_updates_bytes_(n)
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, used)
#define _Field_size_(n)
#define _Field_size_bytes_(n)
#define _When_(condition, annotation)
#define _At_(target, annotation)
#define _Success_(expression)
#define _Pre_satisfies_(expression)
#define _Post_satisfies_(expression)
#define _Analysis_assume_(expression)
#define _IRQL_requires_(level)
#define _IRQL_requires_max_(level)
#define _IRQL_requires_min_(level)
#define _IRQL_requires_same_
#define _IRQL_raises_(level)
#define _IRQL_saves_
#define _IRQL_restores_
#define _IRQL_saves_global_(kind, where)
#define _IRQL_restores_global_(kind, where)
#define _Requires_lock_held_(lock)
#define _Requires_lock_not_held_(lock)
#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Guarded_by_(lock)
#define _Interlocked_operand_
#define __drv_aliasesMem
#define __drv_allocatesMem(kind)
#define __drv_freesMem(kind)
#define __drv_dispatchType(type)
#define __drv_requiresIRQL(level)
#define __drv_maxIRQL(level)
#define __drv_sameIRQL
#define __analysis_assume(expression)
#define IN
#define OUT
#define OPTIONAL
#define CONST const
