;; XORs bytes of the memory with a masking key, in place (RFC 6455 §5.3).
;; `npm run build:mask` turns this file into the constant in mask-simd.ts.
(module
  (memory (export "memory") 2 2)

  ;; at, end: the bytes from `at` on, up to and without `end`
  ;; key: the masking key, its first byte lowest; it goes to the byte at `at`
  ;; result: 0x80 if any resulting byte has its highest bit set, otherwise 0
  (func (export "mask") (param $at i32) (param $end i32) (param $key i32) (result i32)
    (local $keys v128)
    (local $block v128)
    (local $seen v128)
    (local $word i32)
    (local $rest i32)
    (local.set $keys (i32x4.splat (local.get $key)))
    (block $few
      (loop $next
        (br_if $few (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
        (local.set $block (v128.xor (v128.load (local.get $at)) (local.get $keys)))
        (v128.store (local.get $at) (local.get $block))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    ;; Less than 16 are left: by four, then one by one, which takes the key's bytes in turn.
    (block $fewer
      (loop $next
        (br_if $fewer (i32.gt_u (i32.add (local.get $at) (i32.const 4)) (local.get $end)))
        (local.set $word (i32.xor (i32.load (local.get $at)) (local.get $key)))
        (i32.store (local.get $at) (local.get $word))
        (local.set $rest (i32.or (local.get $rest) (local.get $word)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $word
          (i32.xor (i32.load8_u (local.get $at)) (i32.and (local.get $key) (i32.const 0xff))))
        (i32.store8 (local.get $at) (local.get $word))
        (local.set $rest (i32.or (local.get $rest) (local.get $word)))
        (local.set $key (i32.shr_u (local.get $key) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (select (i32.const 0x80) (i32.const 0)
      (i32.or
        (i8x16.bitmask (local.get $seen))
        (i32.and (local.get $rest) (i32.const 0x80808080))))))
