;; Unmasks bytes of the memory in place (RFC 6455 §5.3).
;; `npm run build:mask` turns this file into the constant in mask-simd.ts.
(module
  (memory (export "memory") 4 4)

  ;; at, end: the bytes from `at` on, up to and without `end`
  ;; key: the masking key, its first byte lowest; it goes to the byte at `at`
  ;; result: 0x80 if any resulting byte has its highest bit set, otherwise 0
  (func $mask (export "mask") (param $at i32) (param $end i32) (param $key i32) (result i32)
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
        (i32.and (local.get $rest) (i32.const 0x80808080)))))

  ;; Unmasks all masked frames that lie complete between `at` and `end` and sets their keys to zero,
  ;; so that they stay what they were: whoever unmasks them again changes nothing. Stops at the first
  ;; frame that is not masked, not complete or has a length of 64 bits. No other rule is checked here.
  ;; seen: where to write, frame by frame, what `mask` has returned
  ;; result: the end of the last frame that was unmasked
  (func (export "unmaskFrames") (param $at i32) (param $end i32) (param $seen i32) (result i32)
    (local $length i32)
    (local $body i32)
    (block $done
      (loop $next
        (local.set $body (i32.add (local.get $at) (i32.const 6)))
        (br_if $done (i32.gt_u (local.get $body) (local.get $end)))
        ;; Up to 127 for a masked frame, more for another.
        (local.set $length (i32.xor (i32.load8_u offset=1 (local.get $at)) (i32.const 0x80)))
        (if (i32.gt_u (local.get $length) (i32.const 125))
          (then
            (br_if $done (i32.ne (local.get $length) (i32.const 126)))
            (local.set $length
              (i32.or
                (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 8))
                (i32.load8_u offset=3 (local.get $at))))
            (local.set $body (i32.add (local.get $at) (i32.const 8)))))
        ;; Not beyond 2^32: both are small.
        (br_if $done
          (i32.gt_u (i32.add (local.get $body) (local.get $length)) (local.get $end)))
        (local.set $at (i32.add (local.get $body) (local.get $length)))
        (i32.store8 (local.get $seen)
          (call $mask
            (local.get $body)
            (local.get $at)
            (i32.load (i32.sub (local.get $body) (i32.const 4)))))
        (i32.store (i32.sub (local.get $body) (i32.const 4)) (i32.const 0))
        (local.set $seen (i32.add (local.get $seen) (i32.const 1)))
        (br $next)))
    (local.get $at))

  ;; Copies the bytes from `at` up to `end` to `dest`, which lies before them. For the short fragments that this is for,
  ;; `memory.copy` takes four times as long: it calls the runtime.
  (func $move (param $dest i32) (param $at i32) (param $end i32)
    (block $few
      (loop $next
        (br_if $few (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
        (v128.store (local.get $dest) (v128.load (local.get $at)))
        (local.set $dest (i32.add (local.get $dest) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (i32.store8 (local.get $dest) (i32.load8_u (local.get $at)))
        (local.set $dest (i32.add (local.get $dest) (i32.const 1)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next))))

  ;; Moves the payloads of continuation frames that `unmaskFrames` has unmasked behind each other: fragments that
  ;; have come together become one stretch of bytes. Stops behind the last fragment of the message, and in front of
  ;; any frame that is no continuation, breaks a rule, or is one too many.
  ;; at, end: the frames; dest: where the first payload goes, not behind `at`
  ;; room, most: bytes and frames that may come; seen: what `unmaskFrames` wrote of the first of them
  ;; result: where to write four numbers of 32 bits: the end of the last frame that was moved and of its payload, how
  ;; many frames that were, and their `seen` values together, with 1 if the message ends with them
  (func (export "gatherFragments")
    (param $at i32) (param $end i32) (param $dest i32) (param $room i32) (param $most i32)
    (param $seen i32) (param $result i32)
    (local $first i32)
    (local $length i32)
    (local $body i32)
    (local $count i32)
    (local $flags i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $count) (local.get $most)))
        (local.set $body (i32.add (local.get $at) (i32.const 6)))
        (br_if $done (i32.gt_u (local.get $body) (local.get $end)))
        (local.set $first (i32.load8_u (local.get $at)))
        ;; FIN and nothing else may be set.
        (br_if $done (i32.and (local.get $first) (i32.const 0x7f)))
        (local.set $length (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x7f)))
        (if (i32.gt_u (local.get $length) (i32.const 125))
          (then
            (local.set $length
              (i32.or
                (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 8))
                (i32.load8_u offset=3 (local.get $at))))
            ;; A length that is not in the fewest bytes.
            (br_if $done (i32.lt_u (local.get $length) (i32.const 126)))
            (local.set $body (i32.add (local.get $at) (i32.const 8)))))
        (br_if $done (i32.gt_u (local.get $length) (local.get $room)))
        (local.set $room (i32.sub (local.get $room) (local.get $length)))
        (local.set $at (i32.add (local.get $body) (local.get $length)))
        (call $move (local.get $dest) (local.get $body) (local.get $at))
        (local.set $dest (i32.add (local.get $dest) (local.get $length)))
        (local.set $flags
          (i32.or
            (local.get $flags)
            (i32.load8_u (i32.add (local.get $seen) (local.get $count)))))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br_if $next (i32.eqz (local.get $first)))
        (local.set $flags (i32.or (local.get $flags) (i32.const 1)))))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (local.get $dest))
    (i32.store offset=8 (local.get $result) (local.get $count))
    (i32.store offset=12 (local.get $result) (local.get $flags))))
