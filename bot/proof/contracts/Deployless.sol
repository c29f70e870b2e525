// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Asks a wallet that is not deployed yet whether a signature is its own. Never deployed itself: its creation code
/// runs inside one `eth_call` without a recipient, of which no change stays, and what it "deploys" is the verdict.
contract Deployless {
    /// Run the wallet's own `deployment` by its `factory`, then put the `question`, an encoded
    /// `isValidSignature(bytes32,bytes)`, to the code that is now at `wallet`. The verdict is one word: the magic
    /// value of EIP-1271 and zeros for yes, 0 for no, 1 when there is no code at `wallet`.
    constructor(address wallet, address factory, bytes memory deployment, bytes memory question) {
        assembly ("memory-safe") {
            // Answers are never copied beyond one word, so neither call can fill the memory.
            pop(call(gas(), factory, 0, add(deployment, 32), mload(deployment), 0, 0))
            let verdict := 1
            if extcodesize(wallet) {
                let done := staticcall(gas(), wallet, add(question, 32), mload(question), 0, 32)
                let yes := shl(224, 0x1626ba7e)
                verdict := mul(yes, and(and(done, eq(returndatasize(), 32)), eq(mload(0), yes)))
            }
            mstore(0, verdict)
            return(0, 32)
        }
    }
}
