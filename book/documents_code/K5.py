from transformers import AutoModelForSequenceClassification, AutoTokenizer

# 加载模型和 tokenizer
model_name = "bert-base-uncased"
model = AutoModelForSequenceClassification.from_pretrained(model_name)
tokenizer = AutoTokenizer.from_pretrained(model_name)

# 输入文本
text = "This is a great example."

# 对文本进行编码
inputs = tokenizer(text, return_tensors="pt")

# 模型推理
outputs = model(**inputs)

# 获取预测结果
logits = outputs.logits
predicted_class_id = logits.argmax(-1).item()

# 打印结果
print(f"Predicted class: {model.config.id2label[predicted_class_id]}")
