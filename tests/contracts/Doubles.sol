// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A wallet with one owner. Like Loopring's smart wallets it says no while it is locked.
contract OwnedWallet {
    address public owner;
    bool public locked;

    constructor(address first) {
        owner = first;
    }

    function transfer(address next) external {
        owner = next;
    }

    function lock() external {
        locked = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view virtual returns (bytes4) {
        if (locked || signature.length != 65) return 0;
        bytes32 r = bytes32(signature[:32]);
        bytes32 s = bytes32(signature[32:64]);
        address signer = ecrecover(digest, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// A wallet that anybody can make say yes, by a call that nobody has made so far.
contract Gullible {
    bool public prepared;

    function prepare() external {
        prepared = true;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return prepared ? this.isValidSignature.selector : bytes4(0);
    }
}

/// Says yes to everything, so it belongs to everybody.
contract Permissive {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}

/// Answers every call with its own bytes.
contract Echo {
    fallback(bytes calldata question) external returns (bytes memory) {
        return question;
    }
}

/// Answers, or reverts, with bytes fixed beforehand.
contract Scripted {
    bytes private answer;
    bool private reverts;

    constructor(bytes memory answer_, bool reverts_) {
        answer = answer_;
        reverts = reverts_;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        bytes memory said = answer;
        if (reverts) {
            assembly {
                revert(add(said, 32), mload(said))
            }
        }
        return said;
    }
}

/// Never ends.
contract Endless {
    fallback() external {
        while (true) {}
    }
}

/// Answers with the magic value, followed by 200,000 bytes of nothing.
contract Flood {
    fallback() external {
        assembly {
            mstore(0, shl(224, 0x1626ba7e))
            return(0, 200000)
        }
    }
}

/// Does what no EVM knows.
contract Broken {
    fallback() external {
        assembly {
            invalid()
        }
    }
}

/// Deploys wallets at addresses that follow from owner and salt.
contract Factory {
    function deploy(address owner, bytes32 salt) external returns (address) {
        return address(new OwnedWallet{salt: salt}(owner));
    }

    /// Deploys a wallet that answers with more than anybody would read.
    function deployFlood(bytes32 salt) external returns (address) {
        return address(new Flood{salt: salt}());
    }

    /// Deploys, then fails: nothing stays deployed.
    function deployAndFail(address owner, bytes32 salt) external {
        new OwnedWallet{salt: salt}(owner);
        revert("changed my mind");
    }
}
