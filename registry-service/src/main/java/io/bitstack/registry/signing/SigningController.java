package io.bitstack.registry.signing;

import io.bitstack.registry.Caller;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of signing keys. */
@RestController
@RequestMapping("/api/v1/signing-keys")
class SigningController {
    private final Signing signing;

    SigningController(Signing signing) {
        this.signing = signing;
    }

    @GetMapping
    List<Signing.KeyView> list() {
        return signing.keys();
    }

    /** Makes a new key, which signs from now on. */
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Signing.KeyView rotate(@RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return signing.rotate(principal);
    }

    /** Revokes a key: what it signed is no longer good, and is signed anew by {@code POST /stacks/{digest}/signatures}. */
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(
            @PathVariable String id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        signing.revoke(id, principal);
    }
}
