package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.signing.Signing;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The routes of stacks. */
@RestController
@RequestMapping("/api/v1/stacks/{digest}")
class StackController {
    private static final int MOST_BLOCKS = 10_000;

    private final Stacks stacks;
    private final Signing signing;

    StackController(Stacks stacks, Signing signing) {
        this.stacks = stacks;
        this.signing = signing;
    }

    @GetMapping
    StackView get(@PathVariable Digest digest) {
        return stacks.require(digest).view();
    }

    @GetMapping("/manifest")
    ResponseEntity<byte[]> manifest(@PathVariable Digest digest) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .eTag('"' + digest.toString() + '"')
                .body(stacks.manifest(digest));
    }

    /** Signatures over the manifest's exact bytes, the newest first. */
    @GetMapping("/signatures")
    List<Signing.SignatureView> signatures(@PathVariable Digest digest) {
        stacks.require(digest);
        return signing.signatures(digest);
    }

    /** Signs the manifest with the key that is active now. */
    @PostMapping("/signatures")
    List<Signing.SignatureView> sign(
            @PathVariable Digest digest,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return stacks.sign(digest, principal);
    }

    @GetMapping("/blocks")
    Page<ResidualBlock.BlockView> blocks(
            @PathVariable Digest digest,
            @RequestParam(defaultValue = "0") @Min(0) int from,
            @RequestParam(defaultValue = "1000") @Min(1) @Max(MOST_BLOCKS) int limit) {
        List<ResidualBlock> found = stacks.blocks(digest, from, limit + 1);
        return Page.of(found, limit, ResidualBlock::view, last -> Integer.toString(last.position() + 1));
    }
}
