package io.bitstack.registry.catalog;

import io.bitstack.registry.Caller;
import io.bitstack.registry.tag.TagOwner;
import io.bitstack.registry.tag.Tags;
import io.bitstack.registry.version.VersionChanges;
import io.bitstack.registry.version.Versions;
import jakarta.validation.constraints.NotNull;
import java.util.Map;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The routes of tags: PATCH sets some and keeps the others; a key in DELETE is a parameter, since it may hold any character. */
@RestController
@RequestMapping("/api/v1/models/{model}")
class TagController {
    private final ModelTags ofModels;
    private final Versions versions;
    private final VersionChanges changes;
    private final Tags tags;

    TagController(ModelTags ofModels, Versions versions, VersionChanges changes, Tags tags) {
        this.ofModels = ofModels;
        this.versions = versions;
        this.changes = changes;
        this.tags = tags;
    }

    @PatchMapping("/tags")
    Map<String, String> setOfModel(
            @PathVariable String model,
            @RequestBody Map<@NotNull String, @NotNull String> values,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return ofModels.set(model, values, principal);
    }

    @DeleteMapping("/tags")
    Map<String, String> removeOfModel(
            @PathVariable String model,
            @RequestParam String key,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return ofModels.remove(model, key, principal);
    }

    @PatchMapping("/versions/{number}/tags")
    Map<String, String> setOfVersion(
            @PathVariable String model,
            @PathVariable int number,
            @RequestBody Map<@NotNull String, @NotNull String> values,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        changes.setTags(model, number, values, principal);
        return tags.of(TagOwner.VERSION, versions.require(model, number).id());
    }

    @DeleteMapping("/versions/{number}/tags")
    Map<String, String> removeOfVersion(
            @PathVariable String model,
            @PathVariable int number,
            @RequestParam String key,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        changes.removeTag(model, number, key, principal);
        return tags.of(TagOwner.VERSION, versions.require(model, number).id());
    }
}
