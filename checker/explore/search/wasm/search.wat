;; The inner loop of a search by step trees: takes the steps of states by trees (step-trees.ts), looks their successors up in
;; the store, adds what is new, and asks the trees of claims. It holds no rule: whatever is not in a tree yet it returns for,
;; and goes on when it was filled in. Names with an @ are numbers of memory-map.ts.
(module
  (import "search" "memory" (memory 16384))

  ;; Expands states up to `until`; returns why it came back.
  (func $run (export "run") (param $until i32) (result i32)
    (local $bytes i32) (local $slots i32) (local $state i32) (local $slot i32) (local $offset i32) (local $steps i32)
    (local $from i32) (local $head i32) (local $number i32) (local $list i32) (local $entry i32) (local $last i32)
    (local $ref i32) (local $cell i32) (local $node i32) (local $leaf i32) (local $to i32) (local $k i32) (local $hash i32)
    (local $moved i32) (local $word i32) (local $row i32) (local $length i32) (local $reason i32)
    (local.set $bytes (i32.load (i32.const @WORD_BYTES)))
    (local.set $slots (i32.mul (i32.load (i32.const @SLOT_COUNT)) (i32.const @SLOT_BYTES)))
    (local.set $state (i32.load (i32.const @STATE)))
    (local.set $slot (i32.load (i32.const @SLOT)))
    (local.set $offset (i32.load (i32.const @OFFSET)))
    (local.set $steps (i32.load (i32.const @STEPS)))
    (local.set $length (i32.load (i32.const @LENGTH)))
    (block $return
      (loop $states
        (if (i32.eqz (i32.or (local.get $slot) (local.get $offset)))
          (then
            (local.set $reason (i32.const @DONE))
            (br_if $return (i32.ge_u (local.get $state) (local.get $until)))
            (local.set $reason (i32.const @BOUND))
            (br_if $return (i32.ge_u (i32.load (i32.const @COUNT)) (i32.load (i32.const @MOST_STATES))))
            (local.set $reason (i32.const @FULL))
            (br_if $return (i32.ge_u (i32.load (i32.const @COUNT)) (i32.load (i32.const @ROOM))))
            (local.set $reason (i32.const @DRAIN))
            (br_if $return (i32.eq (i32.load (i32.const @DEGREES)) (i32.const @LOGGED)))))
        (local.set $from (i32.add (i32.load (i32.const @STATES)) (i32.mul (local.get $state) (local.get $bytes))))
        (loop $slot
          (local.set $head (i32.add (i32.const @SLOTS) (local.get $slot)))
          (local.set $number
            (i32.and
              (i32.shr_u
                (i32.load (i32.add (local.get $from) (i32.load (local.get $head))))
                (i32.load offset=4 (local.get $head)))
              (i32.load offset=8 (local.get $head))))
          (local.set $reason (i32.const @LIST))
          (br_if $return (i32.ge_u (local.get $number) (i32.load offset=16 (local.get $head))))
          (local.set $list (i32.load (i32.add (i32.load offset=12 (local.get $head)) (i32.shl (local.get $number) (i32.const 2)))))
          (br_if $return (i32.eqz (local.get $list)))
          (local.set $list (i32.shl (local.get $list) (i32.const 2)))
          (local.set $entry (i32.add (local.get $list) (local.get $offset)))
          (local.set $offset (i32.const 0))
          (local.set $last (i32.add (local.get $list) (i32.mul (i32.load offset=@CELLS (local.get $list)) (i32.const 12))))
          (block $listed
            (loop $entries
              (br_if $listed (i32.eq (local.get $entry) (local.get $last)))
              (block $next
                ;; The leaf of the tree for the state.
                (local.set $cell (i32.add (local.get $entry) (i32.const 12)))
                (local.set $ref (i32.load offset=@CELLS (local.get $cell)))
                (block $leaf
                  (loop $walk
                    (br_if $leaf (i32.lt_s (local.get $ref) (i32.const 0)))
                    (local.set $node (i32.shl (local.get $ref) (i32.const 2)))
                    (local.set $number
                      (i32.and
                        (i32.shr_u
                          (i32.load
                            (i32.add (local.get $from) (i32.shl (i32.load offset=@CELLS (local.get $node)) (i32.const 2))))
                          (i32.load offset=@NODE_SHIFT (local.get $node)))
                        (i32.load offset=@NODE_MASK (local.get $node))))
                    (local.set $ref (i32.const -1))
                    (br_if $leaf
                      (i32.ge_u
                        (i32.shr_u (local.get $number) (i32.const 5))
                        (i32.load offset=@NODE_PAGES (local.get $node))))
                    (local.set $cell
                      (i32.shl
                        (i32.add
                          (i32.load offset=@NODE_PAGE
                            (i32.add
                              (local.get $node)
                              (i32.shl (i32.shr_u (local.get $number) (i32.const 5)) (i32.const 2))))
                          (i32.and (local.get $number) (i32.const 31)))
                        (i32.const 2)))
                    (local.set $ref (i32.load offset=@CELLS (local.get $cell)))
                    (br $walk)))
                (if (i32.and (local.get $ref) (i32.const 1))
                  (then
                    (local.set $offset (i32.sub (local.get $entry) (local.get $list)))
                    (local.set $reason (i32.const @FILL))
                    (br_if $return (i32.eq (local.get $ref) (i32.const -1)))
                    ;; It is fresh: it was filled just now for this state, or has to be confirmed.
                    (local.set $reason (i32.const @CONFIRM))
                    (br_if $return (i32.eqz (i32.load (i32.const @IS_FILLED))))
                    (i32.store (i32.const @IS_FILLED) (i32.const 0))
                    (local.set $offset (i32.const 0))))
                (br_if $next (i32.ge_s (local.get $ref) (i32.const -3)))
                (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
                (local.set $leaf
                  (i32.add
                    (i32.const @LEAVES)
                    (i32.mul
                      (i32.shr_u (i32.sub (i32.const -2) (local.get $ref)) (i32.const 1))
                      (i32.load (i32.const @LEAF_BYTES)))))
                ;; The successor, behind those that wait, and its hash (hashOf in store.ts).
                (local.set $to (i32.add (i32.const @PENDING) (i32.mul (local.get $length) (local.get $bytes))))
                (local.set $moved (i32.const 0))
                (local.set $hash (i32.const 0x243f6a88))
                (local.set $k (i32.const 0))
                (loop $words
                  (local.set $word (i32.load (i32.add (local.get $leaf) (local.get $k))))
                  (local.set $moved (i32.or (local.get $moved) (local.get $word)))
                  (local.set $word (i32.xor (local.get $word) (i32.load (i32.add (local.get $from) (local.get $k)))))
                  (i32.store (i32.add (local.get $to) (local.get $k)) (local.get $word))
                  (local.set $hash (i32.mul (i32.xor (local.get $hash) (local.get $word)) (i32.const 0x9e3779b1)))
                  (local.set $hash (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15))))
                  (br_if $words
                    (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 4))) (local.get $bytes))))
                (local.set $hash (call $finished (local.get $hash)))
                ;; Whether it was met lately (recent.ts).
                (if (i32.eqz (i32.load (i32.const @KEEPS_GRAPH)))
                  (then
                    (local.set $row
                      (i32.add
                        (i32.const @RECENT)
                        (i32.mul (i32.and (local.get $hash) (i32.const @LAST_ROW)) (local.get $bytes))))
                    (local.set $k (i32.const 0))
                    (block $differs
                      (loop $words
                        (br_if $differs
                          (i32.ne
                            (i32.load (i32.add (local.get $row) (local.get $k)))
                            (i32.load (i32.add (local.get $to) (local.get $k)))))
                        (br_if $words
                          (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 4))) (local.get $bytes))))
                      (br $next))
                    (loop $words
                      (i32.store
                        (i32.add (local.get $row) (local.get $k))
                        (i32.load (i32.add (local.get $to) (local.get $k))))
                      (br_if $words
                        (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 4))) (local.get $bytes))))))
                (local.set $k (i32.shl (local.get $length) (i32.const 2)))
                (i32.store offset=@HASHES (local.get $k) (local.get $hash))
                (i32.store offset=@PARENTS (local.get $k) (local.get $state))
                ;; What leads back to its own state is no step (STILL in graph.ts).
                (i32.store offset=@ACTIONS (local.get $k)
                  (select (i32.load offset=@ENTRY_ACTION (local.get $entry)) (i32.const @STILL) (local.get $moved)))
                (i32.store offset=@TOUCHED (local.get $k) (i32.load (i32.add (local.get $leaf) (local.get $bytes))))
                (local.set $length (i32.add (local.get $length) (i32.const 1)))
                (br_if $next (i32.ne (local.get $length) (i32.const @FETCH)))
                (i32.store (i32.const @LENGTH) (local.get $length))
                (call $flush)
                (local.set $length (i32.const 0))
                (local.set $offset (i32.sub (i32.add (local.get $entry) (i32.const 12)) (local.get $list)))
                (local.set $reason (i32.const @DRAIN))
                (br_if $return (call $isNearlyFull))
                (local.set $offset (i32.const 0)))
              (local.set $entry (i32.add (local.get $entry) (i32.const 12)))
              (br $entries)))
          (br_if $slot
            (i32.ne (local.tee $slot (i32.add (local.get $slot) (i32.const @SLOT_BYTES))) (local.get $slots))))
        ;; The state has taken its steps.
        (i32.store (i32.const @TRANSITIONS) (i32.add (i32.load (i32.const @TRANSITIONS)) (local.get $steps)))
        (if (i32.load (i32.const @KEEPS_GRAPH))
          (then
            (local.set $k (i32.load (i32.const @DEGREES)))
            (i32.store offset=@DEGREE_LIST (i32.shl (local.get $k) (i32.const 2)) (local.get $steps))
            (i32.store (i32.const @DEGREES) (i32.add (local.get $k) (i32.const 1)))))
        (local.set $slot (i32.const 0))
        (local.set $state (i32.add (local.get $state) (i32.const 1)))
        (local.set $moved (local.get $steps))
        (local.set $steps (i32.const 0))
        (local.set $reason (i32.const @STUCK))
        (br_if $states (local.get $moved))))
    (i32.store (i32.const @STATE) (local.get $state))
    (i32.store (i32.const @SLOT) (local.get $slot))
    (i32.store (i32.const @OFFSET) (local.get $offset))
    (i32.store (i32.const @STEPS) (local.get $steps))
    (i32.store (i32.const @LIST_AT) (local.get $list))
    (i32.store (i32.const @CELL) (local.get $cell))
    (i32.store (i32.const @LENGTH) (local.get $length))
    (local.get $reason))

  ;; Whether what a batch hands over may find no place in a list.
  (func $isNearlyFull (result i32)
    (i32.or
      (i32.or
        (i32.gt_u (i32.load (i32.const @BORN)) (i32.const @LOG_ALMOST))
        (i32.gt_u (i32.load (i32.const @MOVES)) (i32.const @LOG_ALMOST)))
      (i32.gt_u (i32.load (i32.const @LOOKS)) (i32.const @LOG_ALMOST))))

  (func $finished (param $hash i32) (result i32)
    (local.set $hash
      (i32.mul (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 13))) (i32.const 0x85ebca6b)))
    (local.set $hash
      (i32.mul (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 16))) (i32.const 0xc2b2ae35)))
    (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15))))

  ;; Looks up what waits, and adds what is new (add in store.ts).
  (func $flush (export "flush")
    (local $bytes i32) (local $states i32) (local $mask i32) (local $idMask i32) (local $count i32) (local $n i32)
    (local $i i32) (local $sum i32) (local $entry i32) (local $place i32) (local $tag i32) (local $from i32) (local $known i32)
    (local $k i32) (local $id i32) (local $graph i32) (local $at i32)
    (local.set $n (i32.shl (i32.load (i32.const @LENGTH)) (i32.const 2)))
    (if (i32.eqz (local.get $n)) (then (return)))
    (local.set $bytes (i32.load (i32.const @WORD_BYTES)))
    (local.set $states (i32.load (i32.const @STATES)))
    (local.set $mask (i32.shl (i32.load (i32.const @MASK)) (i32.const 2)))
    (local.set $idMask (i32.load (i32.const @ID_MASK)))
    (local.set $graph (i32.load (i32.const @KEEPS_GRAPH)))
    (local.set $count (i32.load (i32.const @COUNT)))
    ;; Touch all memory that will be read, so that it comes while the loop goes on.
    (loop $touch
      (local.set $entry (i32.load offset=@HASHES (local.get $i)))
      (i32.store offset=@FETCHED (local.get $i)
        (i32.load offset=@INDEX
          (i32.and
            (i32.shl (i32.xor (local.get $entry) (i32.shr_u (local.get $entry) (i32.const 17))) (i32.const 2))
            (local.get $mask))))
      (br_if $touch (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
    (local.set $i (i32.const 0))
    (loop $touch
      (local.set $entry (i32.load offset=@FETCHED (local.get $i)))
      ;; A state of other hash bits is not looked at.
      (local.set $id
        (select
          (i32.and (local.get $entry) (local.get $idMask))
          (i32.const 0)
          (i32.le_u
            (i32.xor (local.get $entry) (i32.load offset=@HASHES (local.get $i)))
            (local.get $idMask))))
      (local.set $id (i32.sub (local.get $id) (i32.ne (local.get $id) (i32.const 0))))
      (local.set $sum
        (i32.xor
          (local.get $sum)
          (i32.load (i32.add (local.get $states) (i32.mul (local.get $id) (local.get $bytes))))))
      (br_if $touch (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
    (i32.store (i32.const @SINK) (local.get $sum))
    (local.set $i (i32.const 0))
    (local.set $from (i32.const @PENDING))
    (loop $pending
      (local.set $entry (i32.load offset=@HASHES (local.get $i)))
      (local.set $tag (i32.and (local.get $entry) (i32.xor (local.get $idMask) (i32.const -1))))
      (local.set $place
        (i32.and
          (i32.shl (i32.xor (local.get $entry) (i32.shr_u (local.get $entry) (i32.const 17))) (i32.const 2))
          (local.get $mask)))
      (block $done
        (block $new
          (loop $probe
            (local.set $entry (i32.load offset=@INDEX (local.get $place)))
            (br_if $new (i32.eqz (local.get $entry)))
            (block $differs
              (br_if $differs
                (i32.ne
                  (i32.and (local.get $entry) (i32.xor (local.get $idMask) (i32.const -1)))
                  (local.get $tag)))
              (local.set $id (i32.sub (i32.and (local.get $entry) (local.get $idMask)) (i32.const 1)))
              (local.set $known (i32.add (local.get $states) (i32.mul (local.get $id) (local.get $bytes))))
              (local.set $k (i32.const 0))
              (loop $words
                (br_if $differs
                  (i32.ne
                    (i32.load (i32.add (local.get $known) (local.get $k)))
                    (i32.load (i32.add (local.get $from) (local.get $k)))))
                (br_if $words
                  (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 4))) (local.get $bytes))))
              (br $done))
            (local.set $place (i32.and (i32.add (local.get $place) (i32.const 4)) (local.get $mask)))
            (br $probe)))
        (local.set $id (local.get $count))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (i32.store offset=@INDEX (local.get $place) (i32.or (local.get $tag) (local.get $count)))
        (local.set $known (i32.add (local.get $states) (i32.mul (local.get $id) (local.get $bytes))))
        (local.set $k (i32.const 0))
        (loop $words
          (i32.store
            (i32.add (local.get $known) (local.get $k))
            (i32.load (i32.add (local.get $from) (local.get $k))))
          (br_if $words (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 4))) (local.get $bytes))))
        (local.set $at (i32.load (i32.const @BORN)))
        (i32.store (i32.const @BORN) (i32.add (local.get $at) (i32.const 1)))
        (i32.store offset=@BORN_PARENTS
          (i32.shl (local.get $at) (i32.const 2))
          (i32.load offset=@PARENTS (local.get $i)))
        (i32.store16 offset=@BORN_ACTIONS
          (i32.shl (local.get $at) (i32.const 1))
          (i32.load offset=@ACTIONS (local.get $i)))
        (i32.store (i32.const @REPRESENTED)
          (i32.add (i32.load (i32.const @REPRESENTED)) (i32.load offset=@ORBITS (local.get $i))))
        (br_if $done (call $isFine (local.get $from) (i32.load offset=@TOUCHED (local.get $i))))
        (local.set $at (i32.load (i32.const @LOOKS)))
        (i32.store (i32.const @LOOKS) (i32.add (local.get $at) (i32.const 1)))
        (local.set $at (i32.shl (local.get $at) (i32.const 2)))
        (i32.store offset=@LOOK_STATES (local.get $at) (local.get $id))
        (i32.store offset=@LOOK_TOUCHED (local.get $at) (i32.load offset=@TOUCHED (local.get $i))))
      (if (local.get $graph)
        (then
          (local.set $at (i32.load (i32.const @MOVES)))
          (i32.store (i32.const @MOVES) (i32.add (local.get $at) (i32.const 1)))
          (i32.store offset=@MOVE_TARGETS (i32.shl (local.get $at) (i32.const 2)) (local.get $id))
          (i32.store16 offset=@MOVE_ACTIONS
            (i32.shl (local.get $at) (i32.const 1))
            (i32.load offset=@ACTIONS (local.get $i)))))
      (local.set $from (i32.add (local.get $from) (local.get $bytes)))
      (br_if $pending (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
    (i32.store (i32.const @COUNT) (local.get $count))
    (i32.store (i32.const @LENGTH) (i32.const 0))
    (if (i32.gt_u (local.get $count) (i32.load (i32.const @FULLEST)))
      (then
        (local.set $n (i32.shl (i32.add (i32.load (i32.const @MASK)) (i32.const 1)) (i32.const 1)))
        (if (i32.le_u (local.get $n) (i32.load (i32.const @MOST_ENTRIES))) (then (call $double (local.get $n)))))))

  ;; Whether every claim that reads a touched slot is known to find nothing in the words at `from` (answers.ts).
  (func $isFine (param $from i32) (param $touched i32) (result i32)
    (local $group i32) (local $last i32) (local $ref i32) (local $number i32)
    (local.set $group (i32.const @GROUPS))
    (local.set $last
      (i32.add (i32.const @GROUPS) (i32.mul (i32.load (i32.const @GROUP_COUNT)) (i32.const @GROUP_BYTES))))
    (block $all
      (loop $groups
        (br_if $all (i32.eq (local.get $group) (local.get $last)))
        (block $next
          (br_if $next (i32.eqz (i32.and (i32.load (local.get $group)) (local.get $touched))))
          (local.set $ref (i32.load offset=4 (local.get $group)))
          (loop $walk
            (br_if $next (i32.eq (local.get $ref) (i32.const 1)))
            (if (i32.eqz (local.get $ref)) (then (return (i32.const 0))))
            (local.set $number
              (i32.and
                (i32.shr_u
                  (i32.load (i32.add (local.get $from) (i32.load (local.get $ref))))
                  (i32.load offset=4 (local.get $ref)))
                (i32.load offset=8 (local.get $ref))))
            (if (i32.ge_u (local.get $number) (i32.load offset=12 (local.get $ref))) (then (return (i32.const 0))))
            (local.set $ref
              (i32.load offset=16 (i32.add (local.get $ref) (i32.shl (local.get $number) (i32.const 2)))))
            (br $walk)))
        (local.set $group (i32.add (local.get $group) (i32.const @GROUP_BYTES)))
        (br $groups)))
    (i32.const 1))

  ;; Says that the index has `size` entries.
  (func $resize (param $size i32)
    (i32.store (i32.const @MASK) (i32.sub (local.get $size) (i32.const 1)))
    (i32.store (i32.const @ID_MASK) (i32.sub (i32.shl (local.get $size) (i32.const 1)) (i32.const 1)))
    (i32.store (i32.const @FULLEST)
      (i32.trunc_f64_u (f64.mul (f64.const @FULLEST_SHARE) (f64.convert_i32_u (local.get $size))))))

  ;; The hash of the words at `from` (hashOf in store.ts).
  (func $hashAt (param $from i32) (param $bytes i32) (result i32)
    (local $hash i32) (local $end i32)
    (local.set $hash (i32.const 0x243f6a88))
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (loop $words
      (local.set $hash
        (i32.mul (i32.xor (local.get $hash) (i32.load (local.get $from))) (i32.const 0x9e3779b1)))
      (local.set $hash (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15))))
      (br_if $words
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 4))) (local.get $end))))
    (call $finished (local.get $hash)))

  ;; Twice the entries: an index of `size` in the place of the old one, whose places are gone through once, in order, from a free
  ;; one on. An entry belongs where it belonged or half the new index further on. So it finds a place no later than the
  ;; one it had, or just as far in the other half; what was not moved yet lies behind, and is in nobody's way.
  (func $double (param $size i32)
    (local $bytes i32) (local $states i32) (local $ids i32) (local $old i32) (local $left i32) (local $place i32)
    (local $entry i32) (local $n i32) (local $i i32) (local $sum i32) (local $hash i32) (local $tags i32) (local $mask i32)
    (local.set $bytes (i32.load (i32.const @WORD_BYTES)))
    (local.set $states (i32.load (i32.const @STATES)))
    (local.set $ids (i32.load (i32.const @ID_MASK)))
    (local.set $left (i32.shl (local.get $size) (i32.const 1)))
    (local.set $old (i32.sub (local.get $left) (i32.const 4)))
    (local.set $mask (i32.sub (i32.shl (local.get $size) (i32.const 2)) (i32.const 4)))
    (call $resize (local.get $size))
    (local.set $tags (i32.xor (i32.load (i32.const @ID_MASK)) (i32.const -1)))
    (memory.fill (i32.add (i32.const @INDEX) (local.get $left)) (i32.const 0) (local.get $left))
    (loop $taken
      (local.set $entry (i32.load offset=@INDEX (local.get $place)))
      (local.set $place (i32.add (local.get $place) (i32.const 4)))
      (br_if $taken (local.get $entry)))
    (loop $batches
      ;; States of entries that are taken out: in FETCHED their numbers, then in HASHES their hashes.
      (local.set $n (i32.const 0))
      (block $enough
        (loop $places
          (br_if $enough (i32.eqz (local.get $left)))
          (local.set $place (i32.and (local.get $place) (local.get $old)))
          (local.set $entry (i32.load offset=@INDEX (local.get $place)))
          (i32.store offset=@INDEX (local.get $place) (i32.const 0))
          (i32.store offset=@FETCHED (local.get $n) (i32.and (local.get $entry) (local.get $ids)))
          (local.set $n (i32.add (local.get $n) (i32.shl (i32.ne (local.get $entry) (i32.const 0)) (i32.const 2))))
          (local.set $place (i32.add (local.get $place) (i32.const 4)))
          (local.set $left (i32.sub (local.get $left) (i32.const 4)))
          (br_if $places (i32.lt_u (local.get $n) (i32.const @FETCH_BYTES)))))
      (if (local.get $n)
        (then
          ;; Touch all memory that will be read, so that it comes while the loop goes on.
          (local.set $i (i32.const 0))
          (loop $touch
            (local.set $sum
              (i32.xor
                (local.get $sum)
                (i32.load
                  (i32.add
                    (local.get $states)
                    (i32.mul
                      (i32.sub (i32.load offset=@FETCHED (local.get $i)) (i32.const 1))
                      (local.get $bytes))))))
            (br_if $touch (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
          (local.set $i (i32.const 0))
          (loop $insert
            (local.set $entry (i32.load offset=@FETCHED (local.get $i)))
            (local.set $hash
              (call $hashAt
                (i32.add
                  (local.get $states)
                  (i32.mul (i32.sub (local.get $entry) (i32.const 1)) (local.get $bytes)))
                (local.get $bytes)))
            (call $insert
              (local.get $hash)
              (i32.or (i32.and (local.get $hash) (local.get $tags)) (local.get $entry))
              (local.get $mask))
            (br_if $insert (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))))
      (br_if $batches (local.get $left)))
    (i32.store (i32.const @SINK) (local.get $sum)))

  ;; Puts the entry of a state of this hash into the first free place. The mask is of an address.
  (func $insert (param $hash i32) (param $entry i32) (param $mask i32)
    (local $place i32)
    (local.set $place
      (i32.and
        (i32.shl (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 17))) (i32.const 2))
        (local.get $mask)))
    (block $free
      (loop $probe
        (br_if $free (i32.eqz (i32.load offset=@INDEX (local.get $place))))
        (local.set $place (i32.and (i32.add (local.get $place) (i32.const 4)) (local.get $mask)))
        (br $probe)))
    (i32.store offset=@INDEX (local.get $place) (local.get $entry)))

  ;; A new index of `size` entries over all states, in the place of the old one.
  (func $reindex (export "reindex") (param $size i32)
    (local $bytes i32) (local $from i32) (local $count i32) (local $n i32) (local $hash i32) (local $mask i32) (local $tags i32)
    (call $resize (local.get $size))
    (memory.fill (i32.const @INDEX) (i32.const 0) (i32.shl (local.get $size) (i32.const 2)))
    (local.set $bytes (i32.load (i32.const @WORD_BYTES)))
    (local.set $from (i32.load (i32.const @STATES)))
    (local.set $count (i32.load (i32.const @COUNT)))
    (local.set $mask (i32.sub (i32.shl (local.get $size) (i32.const 2)) (i32.const 4)))
    (local.set $tags (i32.xor (i32.load (i32.const @ID_MASK)) (i32.const -1)))
    (loop $states
      (local.set $hash (call $hashAt (local.get $from) (local.get $bytes)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (call $insert
        (local.get $hash)
        (i32.or (i32.and (local.get $hash) (local.get $tags)) (local.get $n))
        (local.get $mask))
      (local.set $from (i32.add (local.get $from) (local.get $bytes)))
      (br_if $states (i32.lt_u (local.get $n) (local.get $count))))))
