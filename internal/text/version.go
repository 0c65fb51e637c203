package text

// Version rises whenever Each gives other terms for any text than before: what
// was indexed by the terms of before is then indexed anew. A test holds it
// against what the texts of the tests give.
const Version = 1
