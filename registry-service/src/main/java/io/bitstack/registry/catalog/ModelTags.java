package io.bitstack.registry.catalog;

import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.tag.TagOwner;
import io.bitstack.registry.tag.Tags;
import java.util.Map;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Writes the tags of models, each change under the model's lock. */
@Service
public class ModelTags {
    private final Models models;
    private final Tags tags;
    private final Audit audit;

    ModelTags(Models models, Tags tags, Audit audit) {
        this.models = models;
        this.tags = tags;
        this.audit = audit;
    }

    /** Sets some tags, keeps the others and returns all. */
    @Transactional
    public Map<String, String> set(String name, Map<String, String> values, String principal) {
        Model model = models.lock(name);
        tags.set(TagOwner.MODEL, model.id(), values);
        audit.record(principal, "model.tag", name);
        return tags.of(TagOwner.MODEL, model.id());
    }

    @Transactional
    public Map<String, String> remove(String name, String key, String principal) {
        Model model = models.lock(name);
        tags.remove(TagOwner.MODEL, model.id(), key);
        audit.record(principal, "model.untag", name);
        return tags.of(TagOwner.MODEL, model.id());
    }
}
