;; XORs the first bytes of the memory with a masking key, 16 at a time (RFC 6455 §5.3).
;; `npm run build:mask` turns this file into the constant in mask-simd.ts.
(module
  (memory (export "memory") 1)

  ;; end: how many bytes, a multiple of 16 and at least 16
  ;; key: the masking key, its first byte lowest
  ;; result: 0x80 if any resulting byte has its highest bit set, otherwise 0
  (func (export "mask") (param $end i32) (param $key i32) (result i32)
    (local $at i32)
    (local $keys v128)
    (local $block v128)
    (local $seen v128)
    (local.set $keys (i32x4.splat (local.get $key)))
    (loop $next
      (local.set $block (v128.xor (v128.load (local.get $at)) (local.get $keys)))
      (v128.store (local.get $at) (local.get $block))
      (local.set $seen (v128.or (local.get $seen) (local.get $block)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (select (i32.const 0x80) (i32.const 0) (i8x16.bitmask (local.get $seen)))))
